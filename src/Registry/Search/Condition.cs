using Registry.Certificates;

namespace Registry.Search;

/// <summary>What a search asks of the index: for each tile a set of certificates.</summary>
public abstract record Condition
{
    /// <summary>How many certificates about; what is rarer is read first.</summary>
    public required double Rows { get; init; }

    /// <summary>Has one of the terms from one on and before another.</summary>
    public sealed record Of(long From, long To) : Condition;

    /// <summary>Is one of these.</summary>
    /// <param name="Ordinals">Ascending.</param>
    public sealed record OneOf(long[] Ordinals) : Condition;

    public sealed record All(Condition[] Parts) : Condition;

    public sealed record Any(Condition[] Parts) : Condition;

    public static readonly Condition Nothing = new OneOf([]) { Rows = 0 };

    public static Condition AllOf(params IReadOnlyList<Condition> parts)
    {
        if (parts is [var one]) return one;
        if (parts.Contains(Nothing)) return Nothing;
        return new All([.. parts.OrderBy(part => part.Rows)]) { Rows = parts.Min(part => part.Rows) };
    }

    public static Condition AnyOf(params IReadOnlyList<Condition> parts) => parts.Where(part => part != Nothing).ToArray() switch
    {
        [] => Nothing,
        [var one] => one,
        var some => new Any(some) { Rows = some.Sum(part => part.Rows) },
    };
}

/// <summary>What a search asks of the facts of a certificate on a day.</summary>
public sealed record FactFilter(AskedDay Day)
{
    public Status? Status { get; init; }
    /// <summary>Number of the level on that day.</summary>
    public int? Level { get; init; }
    public (ushort From, ushort To)? Issued { get; init; }
    public (ushort From, ushort To)? Expires { get; init; }

    public bool IsNone => Status is null && IsStatusAlone;

    /// <summary>Nothing but a status is asked for, or not even that.</summary>
    public bool IsStatusAlone => Level is null && Issued is null && Expires is null;

    public bool Keeps(in Reading read) =>
        (Status is null || read.Status == Status) && (Level is null || FactWord.Level(read.Word) == Level)
        && (Issued is not var (from, to) || read.Issued >= from && read.Issued <= to)
        && (Expires is not var (first, last) || read.Expires >= first && read.Expires <= last);
}
