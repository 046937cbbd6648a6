using Crossmap.Testing;
using static Crossmap.Conformance.CInterface.EventCalls;
using static Crossmap.Conformance.CInterface.WaitCalls;

namespace Crossmap.Conformance.CInterface;

/// <summary>Q. Events. Whether one is set a wait of no time tells.</summary>
public class CEventFacts : CFacts
{
    [Fact]
    public void Fact_250_It_is_set_until_it_is_reset_however_often()
    {
        using Handle @event = Handle.Of(CreateEvent(manual: true, set: false));
        Answer.Table(250, new (string What, Func<nint, int>? Call, uint State)[]
        {
            ("new", null, WAIT_TIMEOUT), ("set", SetEvent, WAIT_OBJECT_0), ("set again", SetEvent, WAIT_OBJECT_0),
            ("reset", ResetEvent, WAIT_TIMEOUT), ("reset again", ResetEvent, WAIT_TIMEOUT),
        }.Select(row => (row.What, (object)(1, row.State), (Func<object?>)(() => (row.Call?.Invoke(@event) ?? 1, WaitForSingleObject(@event))))));
    }

    [Fact]
    public void Fact_251_A_pulse_leaves_it_reset()
    {
        foreach (bool manual in new[] { true, false })
        {
            using Handle unset = Handle.Of(CreateEvent(manual, set: false)), set = Handle.Of(CreateEvent(manual, set: true));
            Answer.Is(251, $"unset, manual {manual}", (1, WAIT_TIMEOUT), (PulseEvent(unset), WaitForSingleObject(unset)));
            Answer.Is(251, $"set, manual {manual}", (1, WAIT_TIMEOUT), (PulseEvent(set), WaitForSingleObject(set)));
        }
    }

    [Fact]
    public void Fact_252_State_and_mode_outlive_the_handle_that_made_it()
    {
        foreach (bool manual in new[] { true, false })
        {
            string name = UniqueName.Create();
            Handle first = Handle.Of(CreateEvent(manual, set: true, name));
            using Handle second = Handle.Of(OpenEvent(name)), third = Handle.Of(CreateEvent(!manual, set: false, name));
            first.Dispose();
            Answer.Is(252, $"set, manual {manual}", WAIT_OBJECT_0, WaitForSingleObject(second));
            Answer.Is(252, $"set still, manual {manual}", manual ? WAIT_OBJECT_0 : WAIT_TIMEOUT, WaitForSingleObject(third));
        }
    }

    [Fact]
    public unsafe void Fact_253_Security_attributes_may_be_none_blank_or_without_a_list()
    {
        SecurityCalls.Descriptor blank, everyone, nobody;
        SecurityCalls.Acl empty;
        Assert.Equal((1, 1, 1), (SecurityCalls.InitializeSecurityDescriptor(&blank), SecurityCalls.InitializeSecurityDescriptor(&everyone), SecurityCalls.InitializeSecurityDescriptor(&nobody)));
        Assert.Equal((1, 1), (SecurityCalls.SetSecurityDescriptorDacl(&everyone, present: true, null), SecurityCalls.InitializeAcl(&empty)));
        Assert.Equal(1, SecurityCalls.SetSecurityDescriptorDacl(&nobody, present: true, &empty));
        SecurityCalls.Attributes none = new(null, inherit: false), ofBlank = new(&blank, inherit: false), ofEveryone = new(&everyone, inherit: false), ofNobody = new(&nobody, inherit: false);
        foreach ((string what, nint attributes) in new[] { ("none", (nint)(&none)), ("blank", (nint)(&ofBlank)), ("NULL list", (nint)(&ofEveryone)), ("empty list", (nint)(&ofNobody)) })
        {
            Answer.Is(253, $"unnamed, {what}", Answer.Success, Outcome.OfHandle(CreateEvent(manual: false, set: false, name: null, attributes)));

            // A name that nobody may open: no file mode keeps its maker from it, so it is refused rather than shared with him.
            Answer.Is(253, $"named, {what}", what == "empty list" && !OperatingSystem.IsWindows() ? "50" : Answer.Success,
                Outcome.OfHandle(CreateEvent(manual: false, set: false, UniqueName.Create(), attributes)));
        }
    }

    [Fact]
    public void Fact_254_Any_takes_the_lowest_index_and_resets_no_other()
    {
        Handle[] events = [.. Enumerable.Range(0, 64).Select(_ => Handle.Of(CreateEvent(manual: false, set: true)))];
        nint[] handles = [.. events.Select(e => e.Value)];
        Answer.Is(254, "in turn", string.Join(' ', Enumerable.Range(0, 64)),
            string.Join(' ', Enumerable.Range(0, 64).Select(_ => WaitForMultipleObjects(handles, all: false))));
        Answer.Is(254, "none left", WAIT_TIMEOUT, WaitForMultipleObjects(handles, all: false));
        using Handle manual = Handle.Of(CreateEvent(manual: true, set: true));
        Array.ForEach(events, e => Assert.Equal(1, SetEvent(e)));
        handles[0] = manual;
        Answer.Is(254, "a manual-reset one first", "0", string.Join(' ', Enumerable.Range(0, 100).Select(_ => WaitForMultipleObjects(handles, all: false)).Distinct()));
        Answer.Is(254, "the others afterwards", WAIT_OBJECT_0, WaitForMultipleObjects(handles, all: true));
        Array.ForEach(events, e => e.Dispose());
    }

    [Fact]
    public void Fact_255_Up_to_64_objects_can_be_waited_for()
    {
        Handle[] events = [.. Enumerable.Range(0, 65).Select(_ => Handle.Of(CreateEvent(manual: true, set: true)))];
        nint[] handles = [.. events.Select(e => e.Value)];
        Answer.Is(255, "64, any", "0", Outcome.OfWait(WaitForMultipleObjects(handles.AsSpan(0, 64), all: false)));
        Answer.Is(255, "64, all", "0", Outcome.OfWait(WaitForMultipleObjects(handles.AsSpan(0, 64), all: true)));
        Answer.Is(255, "65", "failed 87", Outcome.OfWait(WaitForMultipleObjects(handles, all: false)));
        Array.ForEach(events, e => e.Dispose());
    }
}
