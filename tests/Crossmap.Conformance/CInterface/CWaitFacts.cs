using Crossmap.Testing;
using static Crossmap.Conformance.CInterface.EventCalls;
using static Crossmap.Conformance.CInterface.WaitCalls;

namespace Crossmap.Conformance.CInterface;

/// <summary>Q. Waits: the last error, handles, and <c>SignalObjectAndWait</c>.</summary>
public class CWaitFacts : CFacts
{
    [Fact]
    public void Fact_256_A_wait_that_does_not_fail_leaves_the_last_error_alone()
    {
        foreach (Kind kind in Kind.Waitable)
        {
            using Handle handle = Handle.Of(kind.Create(null));
            uint result = WaitForSingleObject(handle);
            Answer.Is(256, $"single, {kind.Name}", (kind == Kind.Event ? WAIT_TIMEOUT : WAIT_OBJECT_0, LastError.Untouched), (result, LastError.Code));
        }

        using Handle set = Handle.Of(CreateEvent(manual: true, set: true)), unset = Handle.Of(CreateEvent(manual: true, set: false));
        Answer.Table(256, new (string What, uint Result, Func<uint> Call)[]
        {
            ("a time-out that lasts", WAIT_TIMEOUT, () => WaitForSingleObject(unset, 5)),
            ("any", WAIT_OBJECT_0 + 1, () => WaitForMultipleObjects([unset, set], all: false)),
            ("all", WAIT_TIMEOUT, () => WaitForMultipleObjects([unset, set], all: true, 5)),
            ("signal and wait", WAIT_TIMEOUT, () => SignalObjectAndWait(set, unset, 5)),
        }.Select(row => (row.What, (object)(row.Result, LastError.Untouched), (Func<object?>)(() => (row.Call(), LastError.Code)))));
    }

    [Fact]
    public void Fact_257_A_bad_handle_fails()
    {
        Handle closed = Handle.Of(CreateEvent(manual: true, set: true));
        closed.Dispose();
        using Handle set = Handle.Of(CreateEvent(manual: true, set: true)), section = CSections.Memory();
        Answer.Table(257, new (string What, Func<uint> Call)[]
        {
            ("closed", () => WaitForSingleObject(closed.Value)), ("NULL", () => WaitForSingleObject(0)), ("garbage", () => WaitForSingleObject(0x12345678)),
            ("one of several", () => WaitForMultipleObjects([set, 0x12345678], all: false)), ("one of all", () => WaitForMultipleObjects([set, 0], all: true)),
        }.Where(row => row.What != "closed" || Handle.ValuesRest).Select(row => (row.What, (object)"failed 6", (Func<object?>)(() => Outcome.OfWait(row.Call())))));
    }

    [Fact]
    public void Fact_258_The_low_two_bits_of_a_handle_are_ignored()
    {
        using Handle set = Handle.Of(CreateEvent(manual: true, set: true)), section = CSections.Memory();
        for (int bits = 1; bits < 4; bits++)
        {
            Answer.Is(258, $"wait, {bits}", "0", Outcome.OfWait(WaitForSingleObject(set.Value | bits)));
            Answer.Is(258, $"map, {bits}", Answer.Success, Outcome.OfView(ViewCalls.MapViewOfFile(section.Value | bits, ViewAccess.Read)));
        }

        nint closed = CreateEvent(manual: true, set: true);
        Answer.Is(258, "close", Answer.Success, Outcome.Of(HandleCalls.CloseHandle(closed | 1)));
        if (Handle.ValuesRest)
        {
            Answer.Is(258, "closed", "failed 6", Outcome.OfWait(WaitForSingleObject(closed)));
        }
    }

    [Fact]
    public void Fact_259_The_pseudo_handles_can_be_waited_for_alone()
    {
        using Handle set = Handle.Of(CreateEvent(manual: true, set: true));
        foreach ((string what, nint pseudo) in new[] { ("process", HandleCalls.CurrentProcess), ("thread", HandleCalls.CurrentThread) })
        {
            Answer.Is(259, $"{what} alone", "258", Outcome.OfWait(WaitForSingleObject(pseudo)));
            Answer.Is(259, $"{what} with others", "failed 6", Outcome.OfWait(WaitForMultipleObjects([set, pseudo], all: false)));
        }
    }

    [Fact]
    public void Fact_260_SignalObjectAndWait_needs_two_handles()
    {
        using Handle @event = Handle.Of(CreateEvent(manual: true, set: true));
        Answer.Is(260, "nothing to signal", WAIT_FAILED, SignalObjectAndWait(0, @event));
        Answer.Is(260, "nothing to wait for", WAIT_FAILED, SignalObjectAndWait(@event, 0));
    }

    [Fact]
    public void Fact_261_One_auto_reset_event_as_both_is_satisfied_each_time()
    {
        using Handle @event = Handle.Of(CreateEvent(manual: false, set: false));
        HashSet<string> answers = [];
        for (int i = 0; i < 10000; i++)
        {
            answers.Add(Outcome.OfWait(SignalObjectAndWait(@event, @event)));
        }

        Answer.Is(261, "answers", "0", string.Join(' ', answers));
        Answer.Is(261, "afterwards", WAIT_TIMEOUT, WaitForSingleObject(@event));
    }

    [Fact]
    public void Fact_262_A_file_cannot_be_signaled()
    {
        using var file = new TemporaryFile(100);
        using Handle handle = CSections.OpenFile(file.Path), set = Handle.Of(CreateEvent(manual: false, set: true)), section = CSections.Memory();
        Answer.Is(262, "a file", "failed 6", Outcome.OfWait(SignalObjectAndWait(handle, set)));
        Answer.Is(262, "a section", "failed 6", Outcome.OfWait(SignalObjectAndWait(section, set)));
        Answer.Is(262, "the event afterwards", WAIT_OBJECT_0, WaitForSingleObject(set));
    }

    [Fact]
    public void Fact_263_The_signal_is_given_whether_the_wait_succeeds_or_times_out()
    {
        using Handle signaled = Handle.Of(CreateEvent(manual: false, set: false)), manual = Handle.Of(CreateEvent(manual: true, set: true));
        Answer.Is(263, "set", ("0", WAIT_OBJECT_0), (Outcome.OfWait(SignalObjectAndWait(signaled, manual)), WaitForSingleObject(signaled)));
        Assert.Equal(1, ResetEvent(manual));
        Answer.Is(263, "reset", ("258", WAIT_OBJECT_0), (Outcome.OfWait(SignalObjectAndWait(signaled, manual)), WaitForSingleObject(signaled)));
        using Handle mutex = Handle.Of(MutexCalls.CreateMutex(owned: true)), semaphore = Handle.Of(SemaphoreCalls.CreateSemaphore(0, 1));
        Answer.Is(263, "a mutex", ("258", 0), (Outcome.OfWait(SignalObjectAndWait(mutex, manual)), MutexCalls.ReleaseMutex(mutex)));
        Answer.Is(263, "a semaphore", ("258", WAIT_OBJECT_0), (Outcome.OfWait(SignalObjectAndWait(semaphore, manual)), WaitForSingleObject(semaphore)));
    }
}
