using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using Crossmap.Channels.Memory;
using Crossmap.Channels.Rings;
using Crossmap.Testing;

namespace Crossmap.Channels.Tests;

/// <summary>The layout of channels is what docs/channels-format.md says: other processes, other versions and other languages rely on every byte.</summary>
public class ChannelsOnThePage
{
    private const string Page = "channels-format.md";

    [Theory]
    [InlineData(typeof(ChannelHeader), "offset")]
    [InlineData(typeof(ParticipantRecord), "at")]
    [InlineData(typeof(Slot), "offset in details")]
    internal void Fields_lie_where_the_tables_say(Type type, string heading)
    {
        (string Name, int Offset, int Size)[] documented = [.. Document.Rows(Page, heading)
            .Select(row => (row[2], int.Parse(row[0], CultureInfo.InvariantCulture), int.Parse(row[1], CultureInfo.InvariantCulture)))];
        (string Name, int Offset, int Size)[] actual = [.. type.GetFields(BindingFlags.Instance | BindingFlags.Public)
            .Select(field => (field.Name, (int)Marshal.OffsetOf(type, field.Name), SizeOf(field.FieldType)))];
        Assert.Equal(documented.Order(), actual.Order());
    }

    [Fact]
    public void Sizes_and_numbers_are_those_of_the_page()
    {
        Assert.Equal(32, RingMemory.BytesPerSlot);
        Assert.Equal("CROSSCHN"u8.ToArray(), BitConverter.GetBytes(ChannelHeader.MagicValue));
        Assert.Equal((1, 4096, 4096, 20480, 255), (ChannelHeader.CurrentVersion, ChannelHeader.Size, ChannelHeader.ParticipantsOffset, ChannelHeader.SlotsOffset, ChannelHeader.ConstructionPlace));
        Assert.Equal((4096, 64, 24, 64), (Marshal.SizeOf<ChannelHeader>(), Marshal.SizeOf<ParticipantRecord>(), Marshal.SizeOf<Slot>(), ChannelLayout.Unit));
        Assert.Equal(
            Document.Rows(Page, "state").Select(row => (int.Parse(row[0], CultureInfo.InvariantCulture), row[1])),
            Enum.GetValues<SlotState>().Select(state => ((int)state, state.ToString())));
    }

    [Fact]
    public void Words_have_the_bits_of_the_page()
    {
        var word = new SlotWord(SlotState.Leased, lap: 0x7FF_FFFF, owner: 0xAB, units: 0x3FF_FFFE);
        Assert.Equal(3UL | (0xABUL << 3) | (0x3FF_FFFEUL << 11) | (0x7FF_FFFFUL << 37), word.Value);
        Assert.Equal((SlotState.Leased, 0xAB, 0x3FF_FFFEu, 0x7FF_FFFFu), (word.State, word.Owner, word.Units, word.Lap));
        Assert.Equal(new SlotWord(SlotState.Free, lap: 0, owner: 0, units: 0x3FF_FFFE), word.Next());
        Assert.Equal((1, -1, 0), (word.Next().LapsAheadOf(0x7FF_FFFF), word.LapsAheadOf(0), word.LapsAheadOf(0x7FF_FFFF)));
        Assert.Equal(0x1234UL | (6UL << 48), new SlotBegin(0x1234, lap: 5).Value);
        Assert.False(default(SlotBegin).IsOf(0));
    }

    [Theory]
    [InlineData(0, 3, 16, 0)]
    [InlineData(13, 3, 16, 13)]
    [InlineData(14, 3, 16, 16)]
    [InlineData(30, 16, 16, 32)]
    public void Message_never_wraps(ulong position, uint units, uint capacity, ulong start) =>
        Assert.Equal(start, new SlotBegin(position, lap: 0).StartOf(units, capacity));

    private static int SizeOf(Type type) => Marshal.SizeOf(type.IsEnum ? type.GetEnumUnderlyingType() : type);
}
