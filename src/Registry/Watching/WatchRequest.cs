using System.Data.Common;
using Microsoft.AspNetCore.WebUtilities;
using Registry.Certificates;
using Registry.Search;

namespace Registry.Watching;

/// <summary>What somebody wants to follow: certificates, the hits of a search, or a holder.</summary>
/// <param name="Certificates">Ids, at most 1,000.</param>
/// <param name="Uscc">The holder's credit code: all his certificates, later ones too.</param>
/// <param name="Search">A search as <c>/v1/certificates</c> takes it behind its question mark; its hits of today, at most 1,000.</param>
/// <param name="Until">The last day, at most five years ahead; left out, in a year.</param>
public sealed record WatchRequest(string[]? Certificates = null, string? Uscc = null, string? Search = null, DateOnly? Until = null)
{
    private static readonly TimeSpan searching = TimeSpan.FromSeconds(1);

    /// <summary>What is to be followed, checked.</summary>
    /// <exception cref="FaultException">It is wrong, there is nothing to follow, or too much.</exception>
    public WatchDraft Read(DbConnection db, IndexReader index, DateOnly today)
    {
        var faults = new List<Fault>();
        var last = Until ?? today.AddYears(Watch.DefaultYears);
        if (last < today || last > today.AddYears(Watch.MaxYears))
            faults.Add(new(Refusal.OutOfRange, "/until", $"{today:yyyy-MM-dd}", $"{today.AddYears(Watch.MaxYears):yyyy-MM-dd}"));
        var code = string.IsNullOrWhiteSpace(Uscc) ? null : CertificateNumber.Normalise(Uscc);
        if (!string.IsNullOrWhiteSpace(Uscc) && code?.Length != SocialCreditCode.Length) faults.Add(new(Refusal.BadUscc, "/uscc"));
        var ids = Listed(faults);
        if (faults.Count > 0) throw new FaultException(faults);
        var found = string.IsNullOrEmpty(Search) ? ids : [.. ids, .. Hits(db, index, today)];
        var held = code is null ? [] : WatchStore.Held(db, code).Select(row => row.Id);
        string[] followed = [.. found.Concat(held).Distinct()];
        if (followed.Length == 0) throw new FaultException(Refusal.NothingToFollow);
        if (followed.Length > Watch.MaxCertificates) throw TooMany("");
        var known = CertificateStore.WithIds(db, followed);
        var unknown = Array.FindIndex(followed, id => !known.ContainsKey(id));
        if (unknown >= 0) throw new FaultException(Refusal.UnknownCertificate, $"/certificates/{unknown}");
        return new(followed, code, Title(), last);
    }

    private static FaultException TooMany(string pointer) => new(new Fault(Refusal.TooManyToFollow, pointer, Watch.MaxCertificates));

    private string[] Listed(List<Fault> faults)
    {
        var ids = new List<string>();
        var given = Certificates ?? [];
        if (given.Length > Watch.MaxCertificates) faults.Add(new(Refusal.TooManyToFollow, "/certificates", Watch.MaxCertificates));
        else
            for (var i = 0; i < given.Length; i++)
                if (given[i] is { } text && Identifier.Parse(text) is { } id) ids.Add(id);
                else faults.Add(new(Refusal.Mistyped, $"/certificates/{i}"));
        return [.. ids];
    }

    /// <summary>The parameters of the search that there are; what has no value is none.</summary>
    private Dictionary<string, string> Parameters => QueryHelpers.ParseQuery(Search)
        .Select(pair => (pair.Key, Value: pair.Value.ToString())).Where(pair => pair.Value.Length > 0)
        .ToDictionary(pair => pair.Key, pair => pair.Value);

    private IEnumerable<string> Hits(DbConnection db, IndexReader index, DateOnly today)
    {
        var asked = Parameters;
        if (asked.Keys.FirstOrDefault(name => !SearchQuery.Parameters.Contains(name)) is { } unknown)
        {
            var hint = Nearest.Hint(unknown, SearchQuery.Parameters);
            throw new FaultException(Refusal.UnknownParameter, "/search", unknown, hint);
        }
        var query = SearchQuery.Parse(name => name is "limit" or "cursor" ? null : asked.GetValueOrDefault(name));
        var (seqs, next) = CertificateSearch.Page(db, index, query with { Limit = Watch.MaxCertificates }, today, searching);
        if (next is not null) throw TooMany("/search");
        return CertificateStore.At(db, seqs).Select(row => row.Id);
    }

    private string? Title() =>
        string.IsNullOrEmpty(Search) || Parameters is not { Count: > 0 } asked ? null : string.Join(" · ", asked.Values);
}

/// <summary>What is to be followed, checked.</summary>
public sealed record WatchDraft(string[] Certificates, string? Uscc, string? Title, DateOnly Until);
