using System.Runtime.CompilerServices;
using Crossmap.Objects;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Native;

/// <summary>
/// The process's handles. A value is like one of Windows': positive, below 2^31, a multiple of 4 whose low two bits are ignored (fact 258). In it
/// are a slot and the slot's generation, so that a handle that was closed is told from the one that has its slot now.
/// </summary>
/// <remarks>
/// Lookups take no lock and write nothing: the slots are an array that is replaced when it grows, each a reference to an immutable
/// <see cref="Handle"/>. Nothing is counted during a call either, because an object that was closed meanwhile stays usable while it is reachable.
/// </remarks>
internal static class HandleTable
{
    private const int SlotBits = 20, GenerationBits = 9;
    private const int MostSlots = 1 << SlotBits;

    /// <summary>
    /// So many slots wait to be used again before the first of them is: the value of a closed handle comes back after this many times 2^9 others
    /// at the earliest.
    /// </summary>
    private const int Rested = 1024;

    private static readonly Lock s_gate = new();
    private static readonly Queue<int> s_free = new();

    /// <summary>Slot 0 stays empty: NULL is no handle.</summary>
    private static Handle?[] s_slots = new Handle?[64];
    private static ushort[] s_generations = new ushort[64];
    private static int s_used = 1;

    /// <summary>The last of them all: what was inherited is there before the first look.</summary>
    private static readonly bool s_isRestored = InheritedHandles.Restore();

    /// <summary>Null for what is no open handle: NULL, INVALID_HANDLE_VALUE, a closed one, anything.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Handle? Find(nint value)
    {
        Handle?[] slots = Volatile.Read(ref s_slots);
        uint slot = ((uint)value >> 2) & (MostSlots - 1);
        return slot < (uint)slots.Length && slots[slot] is { } handle && handle.Value == ((nuint)value & ~(nuint)3) ? handle : null;
    }

    /// <summary>The object of this kind behind a handle, or null.</summary>
    public static T? Find<T>(nint value)
        where T : NativeObject => Find(value)?.Target as T;

    /// <summary>The same for calls that fail by exceptions anyway.</summary>
    public static Handle Require<T>(nint value)
        where T : NativeObject =>
        Find(value) is { Target: T } handle ? handle : throw Errors.Of(ERROR_INVALID_HANDLE, "The handle is not open, or leads to something else.");

    /// <summary>A handle to a new object.</summary>
    /// <exception cref="Exception">No slot is left; the object is closed then.</exception>
    public static nint Open(NativeObject target, uint rights, bool inheritable)
    {
        try
        {
            Handle handle;
            lock (s_gate)
            {
                handle = Add(target, rights, inheritable);
            }

            OfferToChildren(handle);
            return (nint)handle.Value;
        }
        catch
        {
            if (target.Handles == 0)
            {
                target.Close();
            }

            throw;
        }
    }

    /// <summary>A handle that this process inherited, under the value that its parent has it by.</summary>
    public static void Restore(uint value, NativeObject target, uint rights)
    {
        Handle handle;
        lock (s_gate)
        {
            int slot = (int)(value >> 2) & (MostSlots - 1);
            while (slot >= s_slots.Length)
            {
                Grow();
            }

            for (; s_used <= slot; s_used++)
            {
                s_free.Enqueue(s_used);
            }

            handle = new Handle(value, target, rights, isInheritable: true);
            s_generations[slot] = (ushort)(value >> (SlotBits + 2));
            target.Handles++;
            Volatile.Write(ref s_slots[slot], handle);
        }

        OfferToChildren(handle);
    }

    /// <summary><c>DuplicateHandle</c>.</summary>
    /// <param name="source">The handle.</param>
    /// <param name="access">The new one's rights; null for the same ones.</param>
    /// <param name="inheritable">Whether children inherit the new one.</param>
    /// <param name="closeSource">Whether the new one comes in the source's place: with the same rights it has its value (fact 268).</param>
    /// <returns>0 when the source is no open handle.</returns>
    public static nint Duplicate(nint source, uint? access, bool inheritable, bool closeSource)
    {
        if (Find(source) is not { } handle)
        {
            return 0;
        }

        uint rights = access ?? handle.Rights;
        NativeObject target = access is null ? handle.Target : handle.Target.ForHandle(ref rights);
        Handle? duplicate = null;
        InheritedHandles.Offer? replaced = null;
        lock (s_gate)
        {
            // Closed meanwhile, with the object perhaps: there is nothing to duplicate any more.
            if (Find(source) == handle)
            {
                replaced = access is null && closeSource ? handle.Offer : null;
                duplicate = access is null && closeSource ? Replace(handle, inheritable) : Add(target, rights, inheritable);
            }
        }

        if (duplicate is null)
        {
            if (target != handle.Target)
            {
                target.Close();
            }

            return 0;
        }

        replaced?.Dispose();
        OfferToChildren(duplicate);
        if (closeSource && access is not null)
        {
            Close(source);
        }

        return (nint)duplicate.Value;
    }

    /// <summary>False when it is no open handle.</summary>
    public static bool Close(nint value)
    {
        Handle? handle;
        bool isLast;
        lock (s_gate)
        {
            handle = Find(value);
            if (handle is null)
            {
                return false;
            }

            int slot = SlotOf(handle);
            s_generations[slot] = (ushort)((s_generations[slot] + 1) & ((1 << GenerationBits) - 1));
            s_slots[slot] = null;
            s_free.Enqueue(slot);
            isLast = --handle.Target.Handles == 0;
        }

        handle.Offer?.Dispose();
        if (isLast)
        {
            handle.Target.Close();
        }

        return true;
    }

    /// <summary>A handle that cannot be offered is closed again, and the call that wanted it fails.</summary>
    private static void OfferToChildren(Handle handle)
    {
        if (!handle.IsInheritable)
        {
            return;
        }

        try
        {
            handle.Offer = new InheritedHandles.Offer(handle);
        }
        catch
        {
            Close((nint)handle.Value);
            throw;
        }
    }

    private static int SlotOf(Handle handle) => (int)(handle.Value >> 2) & (MostSlots - 1);

    private static Handle Add(NativeObject target, uint rights, bool inheritable)
    {
        // Among those that were free when the process began may be what it inherited.
        while (s_free.TryPeek(out int first) && s_slots[first] is not null)
        {
            s_free.Dequeue();
        }

        int slot = s_used < MostSlots && s_free.Count < Rested ? s_used : s_free.Count > 0 ? s_free.Peek() : 0;
        if (slot == 0)
        {
            Errors.Throw(ERROR_NO_SYSTEM_RESOURCES, $"There are {MostSlots} handles open in this process.");
        }

        if (slot == s_slots.Length)
        {
            Grow();
        }

        var handle = new Handle(((uint)s_generations[slot] << (SlotBits + 2)) | ((uint)slot << 2), target, rights, inheritable);
        _ = slot == s_used ? s_used++ : s_free.Dequeue();
        target.Handles++;
        Volatile.Write(ref s_slots[slot], handle);
        return handle;
    }

    private static Handle Replace(Handle handle, bool inheritable)
    {
        var replacement = new Handle(handle.Value, handle.Target, handle.Rights, inheritable);
        Volatile.Write(ref s_slots[SlotOf(handle)], replacement);
        return replacement;
    }

    private static void Grow()
    {
        int length = Math.Min(s_slots.Length * 2, MostSlots);
        Array.Resize(ref s_generations, length);
        var slots = new Handle?[length];
        s_slots.CopyTo(slots, 0);

        // Behind the copy: who looks without the lock must find what is open in whichever array he meets.
        Volatile.Write(ref s_slots, slots);
    }
}
