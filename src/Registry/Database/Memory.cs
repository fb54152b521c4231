namespace Registry;

/// <summary>What the writer has read or written and need not ask for again. Others write to the same database, so most of it holds for one
/// transaction only, and nothing of it once something is undone.</summary>
public sealed class Memory
{
    /// <summary>Pairs that are remembered; then it begins anew. Two megabytes.</summary>
    private const int MaxSpelled = 1 << 17;

    private readonly HashSet<uint> spelled = [];

    /// <summary>Index and instant (milliseconds since 1970) of the newest entry; index -1 of an empty log. Null until it was asked for.</summary>
    public (long Seq, long RecordedAt)? Newest { get; set; }

    /// <summary>Hashes of the leaves that this transaction appended, the last of them that of <see cref="Newest"/>.</summary>
    public List<byte[]> Appended { get; } = [];

    /// <summary>Ids of the heads of statements.</summary>
    public Dictionary<string, long> Heads { get; } = [];

    /// <summary>Below which log index certificates are counted by day; null until it was asked for.</summary>
    public long? CountedTo { get; set; }

    /// <summary>The certificate that was decided about last.</summary>
    public (string Id, long Seq)? Certificate { get; set; }

    /// <summary>Admitted bodies by approval number: their seq, their names, and from which entry on their own signature alone counts.</summary>
    public Dictionary<string, (long Seq, string Name, string? NameEn, long? OwnSignatureAt)> Bodies { get; } = [];

    /// <summary>Whether two characters have not been met yet, whose spellings then have to be written. Spellings are never taken away, so
    /// this outlives the transaction.</summary>
    public bool IsNew(char first, char second)
    {
        if (spelled.Count == MaxSpelled) spelled.Clear();
        return spelled.Add((uint)first << 16 | second);
    }

    /// <summary>A transaction begins.</summary>
    public void Begin()
    {
        Newest = null;
        CountedTo = null;
        Certificate = null;
        Appended.Clear();
        Heads.Clear();
        Bodies.Clear();
    }

    /// <summary>Something was undone, or made anew.</summary>
    public void Forget()
    {
        Begin();
        spelled.Clear();
    }
}
