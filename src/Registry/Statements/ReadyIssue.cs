using Registry.Certificates;
using Registry.Search;
using Registry.Transparency;

namespace Registry.Statements;

/// <summary>
/// An issue with everything it writes that follows from its leaf alone. There is one writer, so this is made beside it, before its turn
/// comes, and so is the signature: the log records at the instant stated, or at that of the entry before where that is later.
/// </summary>
public sealed class ReadyIssue
{
    /// <param name="issue">What is stated.</param>
    /// <param name="leaf">The statement as it was signed.</param>
    public ReadyIssue(Issue issue, Leaf leaf) : this(issue, leaf, new(issue.Certificate), Terms.Of(issue.Certificate)) { }

    private ReadyIssue(Issue issue, Leaf leaf, StoredContent stored, IReadOnlyCollection<long> searchTerms)
    {
        (Issue, Leaf, Stored, SearchTerms) = (issue, leaf, stored, searchTerms);
        Id = Identifier.OfHash(leaf.Hash);
    }

    public Issue Issue { get; }
    public Leaf Leaf { get; }
    /// <summary>Of the certificate it makes.</summary>
    public string Id { get; }
    public StoredContent Stored { get; }
    public IReadOnlyCollection<long> SearchTerms { get; }

    /// <summary>An act that holds together with the issue: where the certificate is new, both are recorded or neither.</summary>
    public (Amendment Act, Leaf Leaf)? Then { get; private set; }

    /// <summary>Signs it anew, with something else in it; null where that may not be.</summary>
    private Func<Issue, ReadyIssue>? sign;

    /// <summary>Whether the registry states it now, and may state the root of the map with it.</summary>
    public bool MayBear => sign is not null;

    /// <summary>Its id is named by others already: it bears nothing that would change it.</summary>
    public void KeepId() => sign = null;

    /// <summary>The same with the root of the map, which is known only when its turn has come. Its id is another.</summary>
    public ReadyIssue Bearing(string map) => sign!(Issue with { Map = map });

    /// <summary>States an issue on behalf of a body.</summary>
    /// <param name="signer">The registry's key.</param>
    /// <param name="body">Approval number.</param>
    /// <param name="content">What the certificate reads.</param>
    /// <param name="now">The instant stated.</param>
    /// <param name="then">The act that goes with it, made from the body and the certificate's id.</param>
    public static ReadyIssue Sign(
        NoteSigner signer, string body, CertificateContent content, DateTimeOffset now, Func<string, string, Amendment>? then = null)
    {
        var terms = Terms.Of(content);
        var stored = new StoredContent(content);
        return Signed(new() { Body = body, Certificate = content, StatedAt = now, OnBehalf = true });

        ReadyIssue Signed(Issue issue)
        {
            var ready = new ReadyIssue(issue, new(Jws.Sign(signer, issue.ToJson())), stored, terms) { sign = Signed };
            if (then?.Invoke(body, ready.Id) is not { } act) return ready;
            act = act with { StatedAt = now, OnBehalf = true };
            ready.Then = (act, new(Jws.Sign(signer, act.ToJson())));
            return ready;
        }
    }
}
