namespace Registry;

/// <summary>What the writer has read or written and need not ask for again. Other processes write to the same database, so most of it holds for one
/// transaction only, and nothing of it once something is undone.</summary>
public sealed class Memory
{
    private volatile string? withheld;

    /// <summary>Why no entry may be appended, set from outside the writer; null when it may.</summary>
    public string? Withheld
    {
        get => withheld;
        set => withheld = value;
    }

    /// <summary>Index and instant (milliseconds since 1970) of the newest entry; index -1 of an empty log. Null until it was asked for.</summary>
    public (long Seq, long RecordedAt)? Newest { get; set; }

    /// <summary>Entries that this transaction appended and the hashes of their leaves, the last of them that of <see cref="Newest"/>.</summary>
    public List<(LogRow Row, byte[] Hash)> Appended { get; } = [];

    /// <summary>The checkpoint's note whose signature was made or checked last: a note once signed stays so, and this outlives the transaction.</summary>
    public string? Vouched { get; set; }

    /// <summary>Ids of the heads of statements.</summary>
    public Dictionary<string, long> Heads { get; } = [];

    private readonly Dictionary<Type, object> kept = [];

    /// <summary>Transactions begun: tells whether this is still the same.</summary>
    public long Transactions { get; private set; }

    /// <summary>What a feature remembers from one transaction to the next; made anew once something is undone.</summary>
    public T Of<T>() where T : class, new()
    {
        if (!kept.TryGetValue(typeof(T), out var one)) kept[typeof(T)] = one = new T();
        return (T)one;
    }

    /// <summary>The certificate that was decided about last.</summary>
    public (string Id, long Seq)? Certificate { get; set; }

    /// <summary>Admitted bodies by approval number: their seq, their names, and from which entry on their own signature alone counts.</summary>
    public Dictionary<string, (long Seq, string Name, string? NameEn, long? OwnSignatureAt)> Bodies { get; } = [];

    /// <summary>A transaction begins.</summary>
    public void Begin()
    {
        Transactions++;
        Newest = null;
        Certificate = null;
        Appended.Clear();
        Heads.Clear();
        Bodies.Clear();
    }

    /// <summary>Something was undone, or made anew.</summary>
    public void Forget()
    {
        Begin();
        kept.Clear();
    }
}
