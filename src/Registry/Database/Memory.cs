namespace Registry;

/// <summary>What the writer has read or written and need not ask for again. Other processes write to the same database, so most of it holds
/// for one transaction only, and nothing of it once something is undone.</summary>
public sealed class Memory
{
    private volatile string? withheld;

    /// <summary>Why no entry may be appended, set from outside the writer; null when it may.</summary>
    public string? Withheld
    {
        get => withheld;
        set => withheld = value;
    }

    /// <summary>Whether what is done now is undone in any case.</summary>
    public bool IsTrial { get; set; }

    /// <summary>Index and instant (milliseconds since 1970) of the newest entry; index -1 of an empty log. Null until it was asked
    /// for.</summary>
    public (long Seq, long RecordedAt)? Newest { get; set; }

    /// <summary>Entries that this transaction appended and the hashes of their leaves, the last of them that of
    /// <see cref="Newest"/>.</summary>
    public List<(LogRow Row, byte[] Hash)> Appended { get; } = [];

    private readonly Dictionary<Type, object> kept = [], here = [];

    /// <summary>Transactions begun: tells whether this is still the same.</summary>
    public long Transactions { get; private set; }

    /// <summary>What a feature remembers from one transaction to the next; made anew once something is undone.</summary>
    public T Of<T>() where T : class, new() => Of<T>(kept);

    /// <summary>What a feature remembers within one transaction.</summary>
    public T Here<T>() where T : class, new() => Of<T>(here);

    private static T Of<T>(Dictionary<Type, object> all) where T : class, new()
    {
        if (!all.TryGetValue(typeof(T), out var one)) all[typeof(T)] = one = new T();
        return (T)one;
    }

    /// <summary>A transaction begins.</summary>
    public void Begin()
    {
        Transactions++;
        Newest = null;
        Appended.Clear();
        here.Clear();
    }

    /// <summary>Something was undone, or made anew.</summary>
    public void Forget()
    {
        Begin();
        kept.Clear();
    }
}
