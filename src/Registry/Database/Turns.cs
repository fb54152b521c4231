namespace Registry;

/// <summary>Lets those who waited for one thing go on: a few on each of the server's threads, one after another, because to wake a thread
/// for every one costs as much as a look-up. There is one thread more than they need, or than there are processors, so that one who takes
/// long keeps nobody waiting.</summary>
internal sealed class Turns : IThreadPoolWorkItem
{
    private const int OnOneThread = 4;

    private readonly int count;
    private readonly Action<int> tell;
    private int told;

    private Turns(int count, Action<int> tell) => (this.count, this.tell) = (count, tell);

    /// <param name="count">How many waited.</param>
    /// <param name="tell">Told the place of each, once; it goes on within the call.</param>
    public static void Give(int count, Action<int> tell)
    {
        var turns = new Turns(count, tell);
        var threads = count < 2 ? count : Math.Min((count + OnOneThread - 1) / OnOneThread, Environment.ProcessorCount) + 1;
        for (var i = 0; i < threads; i++) ThreadPool.UnsafeQueueUserWorkItem(turns, preferLocal: false);
    }

    void IThreadPoolWorkItem.Execute()
    {
        for (int one; (one = Interlocked.Increment(ref told) - 1) < count;) tell(one);
    }
}
