using System.Text.Json.Serialization;
using Registry.Certificates;

namespace Registry.Watching;

/// <summary>One entry of the log as a program follows it. Number, name, code and category of its certificate are those it has when it
/// is read.</summary>
public sealed record Change
{
    /// <summary>Index in the log: what <c>after</c> names.</summary>
    public required long LogIndex { get; init; }
    /// <summary>What was stated: <c>issue</c>, <c>correct</c>, <c>suspend</c>, <c>restore</c>, <c>revoke</c>, <c>cancel</c>,
    /// <c>issue-mark</c>, <c>withdraw-mark</c>, <c>admit</c>, <c>register-key</c>, <c>withdraw-key</c>,
    /// <c>own-signature-only</c>, <c>accept-loss</c>.</summary>
    public required string Act { get; init; }
    /// <summary>When the registry recorded it.</summary>
    public required DateTimeOffset RecordedAt { get; init; }
    /// <summary>The day it takes effect, of acts on certificates.</summary>
    public DateOnly? EffectiveOn { get; init; }
    /// <summary>Approval number of the body that states it, or that the registry states it of.</summary>
    public required string Body { get; init; }
    /// <summary><c>body</c>; <c>set-key</c> when by a key of the body that the registry set; <c>registry</c> for the body or as its own
    /// act.</summary>
    public required string SignedBy { get; init; }
    /// <summary>Id of the certificate it is about, also where it is about a mark.</summary>
    public string? Certificate { get; init; }
    public string? Number { get; init; }
    public string? Holder { get; init; }
    public string? Uscc { get; init; }
    public int? Category { get; init; }
    /// <summary>Code of the mark it is about.</summary>
    public string? Mark { get; init; }
    /// <summary>Announced end of a suspension.</summary>
    public DateOnly? Until { get; init; }
    public Reason? Reason { get; init; }
    /// <summary>What the certificate reads from then on, of issues and corrections.</summary>
    public CertificateContent? Content { get; init; }
    /// <summary>Hash of the leaf (RFC 6962), base64url.</summary>
    public required string LeafHash { get; init; }

    /// <summary>What the certificate read before a correction: whoever follows what it was hears that it is so no longer.</summary>
    [JsonIgnore]
    public CertificateContent? Before { get; init; }

    /// <summary>The line that tells it, made once for all who wait for it.</summary>
    [JsonIgnore]
    public byte[]? Line { get; set; }
}

/// <summary>Some changes, oldest first, and where to go on.</summary>
/// <param name="Items">Those that were asked for.</param>
/// <param name="Next">The newest entry that was looked at: the next <c>after</c>.</param>
/// <param name="IsEnd">Whether that is the newest entry there is.</param>
public sealed record ChangePage(IReadOnlyList<Change> Items, long Next, bool IsEnd);

/// <summary>Which changes somebody follows; all that is given must agree.</summary>
/// <param name="Body">Approval number.</param>
/// <param name="Category">Catalogue number that the certificate has, or that a correction takes from it.</param>
/// <param name="Uscc">The holder's credit code, or the nine characters in it that are the organisation's, likewise.</param>
/// <param name="Certificate">Id.</param>
public sealed record ChangeFilter(string? Body = null, int? Category = null, string? Uscc = null, string? Certificate = null)
{
    private const int OrganisationAt = 8, OrganisationLength = 9;

    public bool Matches(Change change) =>
        (Body is null || change.Body == Body)
        && (Certificate is null || change.Certificate == Certificate)
        && (Category is null || change.Category == Category || change.Before?.Category == Category || change.Content?.Category == Category)
        && (Uscc is null || IsOf(change.Uscc) || IsOf(change.Before?.Holder.Uscc) || IsOf(change.Content?.Holder.Uscc));

    private bool IsOf(string? uscc) =>
        uscc == Uscc || Uscc!.Length == OrganisationLength && uscc?.Substring(OrganisationAt, OrganisationLength) == Uscc;
}
