using System.Text.Json.Serialization;

namespace Registry.Ingest;

/// <summary>What became of one row.</summary>
/// <param name="Row">Counted from 1 below the header, blank rows not counted.</param>
/// <param name="Line">The line of the file it begins in, from 1.</param>
/// <param name="Result"><c>recorded</c>, <c>already</c> (all it says is registered) or <c>rejected</c>.</param>
/// <param name="Number">As the row states it.</param>
/// <param name="Id">Of the certificate; none in a dry run where it would be new.</param>
/// <param name="Errors">Why it was rejected: all reasons at once.</param>
public sealed record RowResult(int Row, int Line, string Result, string? Number, string? Id, RowError[]? Errors)
{
    public const string Recorded = "recorded", Already = "already", Rejected = "rejected";

    /// <summary>Columns in which the row differs from what is registered although its status was recorded: they were not changed.</summary>
    public RowError[]? Differs { get; init; }

    /// <summary>The row as it was sent.</summary>
    [JsonIgnore] public SentRow? Sent { get; init; }
}

/// <summary>One reason why a row was rejected: the column as the file names it, or the pointer; a stable code; what to do.</summary>
public sealed record RowError(string Where, string Code, string Detail);

/// <summary>How many rows came and what became of them.</summary>
/// <param name="Rows">All.</param>
/// <param name="Recorded">From which something was recorded.</param>
/// <param name="Already">Of which everything was registered before.</param>
/// <param name="Rejected">From which nothing was recorded.</param>
/// <param name="Differing">How many of the recorded ones differ besides from what is registered; left out when none does.</param>
public sealed record ImportSummary(int Rows, int Recorded, int Already, int Rejected, int? Differing = null);
