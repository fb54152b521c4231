using System.Data.Common;
using Registry.Certificates;
using Registry.Marks;
using Registry.Search;

namespace Registry.Verification;

/// <summary>Answers lists: each row as of its day, from one snapshot.</summary>
public sealed class Verifier
{
    public const int MaxRows = 10_000;
    private const int MaxCandidates = 20;
    /// <summary>Slips are looked for in so many rows of a list: each costs as much as the rest of a hundred.</summary>
    private const int MaxSlips = 50;

    /// <summary>Rows that are looked up together: what was found for them goes before the next are.</summary>
    private const int Block = 500;

    private readonly DbConnection db;
    private readonly VerificationRequest request;
    private readonly Coverage coverage;
    private readonly DateOnly today;
    private readonly DateTimeOffset? knownAt;
    private readonly Language language;
    private readonly string? home;
    private Found found = null!;
    private int slips;

    /// <param name="db">The snapshot.</param>
    /// <param name="request">Day of every row that has none of its own, and what is asked of all.</param>
    /// <param name="now">The instant.</param>
    /// <param name="language">Of the messages.</param>
    /// <param name="home">The registry's public address: a code in an address of another site is told. Null tells none.</param>
    public Verifier(DbConnection db, VerificationRequest request, DateTimeOffset now, Language language, string? home)
    {
        (this.db, this.request, this.language, this.home) = (db, request, language, home);
        (today, knownAt) = (Day.Of(now), request.Until());
        var (certificates, bodies, recordedTo) = knownAt is { } then ? ReferenceStore.Coverage(db, then) : ReferenceStore.Coverage(db);
        coverage = new(certificates, bodies, recordedTo);
    }

    /// <summary>The verdicts of a list, with what the registry covers.</summary>
    public static VerificationAnswer Answer(
        DbConnection db, VerificationRequest request, DateTimeOffset now, Language language, string? home = null)
    {
        var verifier = new Verifier(db, request, now, language, home);
        return verifier.Written(verifier.Verdicts(request.Rows!), now).Whole();
    }

    /// <summary>Verdicts with what the registry covers.</summary>
    public WrittenVerdicts Written(IEnumerable<Verdict> verdicts, DateTimeOffset now) => new(now, coverage, verdicts) { KnownAt = knownAt };

    /// <summary>The verdicts of rows in their order, made as they are asked for: whoever keeps none holds no more than a block.</summary>
    public IEnumerable<Verdict> Verdicts(IEnumerable<VerificationRow> rows)
    {
        var number = 0;
        foreach (var block in rows.Chunk(Block))
        {
            var sought = Array.ConvertAll(block, row => new Sought(row.With(request), today));
            // What is found may not have been known then: whatever else is named is needed too.
            found = new(db, sought, isWhole: knownAt is not null);
            foreach (var (row, given) in sought.Zip(block))
            {
                db.NextStep();
                yield return Verify(row, given, ++number);
            }
        }
    }

    /// <summary>A certificate with what was given beside it.</summary>
    private sealed record Match(CertificateView View, Comparison[] Compared)
    {
        public bool Agrees(bool identifiersOnly = false) => Decision.Agrees(Compared, identifiersOnly);
    }

    private Verdict Verify(Sought row, VerificationRow given, int number)
    {
        var verdict = new Verdict
        {
            Row = number,
            Asked = row.Row,
            On = row.On,
            Result = Outcome.NotInRegistry,
            Message = "",
            Compared = [],
        };
        if (given.Category is { } own && request.Category is { } all && own != all)
            return verdict with { Result = Outcome.Ambiguous, Message = Wording.TwoCategories(own, all)[language] };
        if (row.Code is { } code)
        {
            if (found.OfCode(code) is not { } now || AsKnown(now) is not { } told) return WithSite(NotFound(row, verdict));
            if (told.Mark?.IsForged == true)
                return WithSite(verdict with { Result = Outcome.Forged, Message = Wording.Forged[language] });
            return Decide(row, verdict, [MatchOf(row, told.Certificate, code.Mark + code.Item)!], told.Mark);
        }
        if (row.Numbers.Length > 0)
        {
            var (same, _) = found.ByNumber(row);
            return MatchesOf(row, same) is { Length: > 0 } matches ? OfNumber(row, verdict, matches) : NotFound(row, verdict);
        }
        if ((row.Uscc ?? row.Organisation) is not null) return OfHolder(row, verdict, found.ByUscc(row));
        if (row.Names.Length > 0) return OfHolder(row, verdict, found.ByName(row));
        var malformed = Comparison.Malformed(row.Row);
        return verdict with { Result = Outcome.Mistyped, Compared = malformed, Message = Sentences(malformed), DidYouMean = Slips(row) };
    }

    private Verdict WithSite(Verdict verdict) =>
        Wording.OtherSite(verdict.Asked.Code!, home) is not { } other ? verdict
            : verdict with { Message = Wording.Joined([verdict.Message, other[language]], language) };

    private Match[] MatchesOf(Sought row, CertificateRow[] certificates) =>
        [.. certificates.Select(certificate => MatchOf(row, certificate)).OfType<Match>()];

    /// <summary>A code as it was known: null where its certificate or mark was not recorded yet, and no withdrawal that was recorded
    /// since.</summary>
    private (CertificateRow Certificate, MarkTold? Mark)? AsKnown((CertificateRow Certificate, MarkTold? Mark) now)
    {
        if (knownAt is not { } then) return now;
        if (!now.Certificate.IssuedBy(db, then)) return null;
        if (now.Mark is not { } told) return now;
        return told.AsKnown(db, then) is { } known ? (now.Certificate, known) : null;
    }

    /// <summary>Null where it was not recorded yet.</summary>
    private Match? MatchOf(Sought row, CertificateRow certificate, string? code = null)
    {
        if (CertificateView.Of(db, certificate, row.On, knownAt) is not { } view) return null;
        if (row.On != today || knownAt is not null) view = view.Beside(db, certificate, today);
        return new(view, Comparison.Of(row.Row, view, code));
    }

    /// <summary>Whoever else was named narrows a number that several bodies use; which of several is meant is for a person to decide,
    /// whatever they are.</summary>
    private Verdict OfNumber(Sought row, Verdict verdict, Match[] matches)
    {
        matches = Preferred(matches, match => match.Agrees(identifiersOnly: true));
        return matches.Length == 1 ? Decide(row, verdict, matches) : Ambiguous(verdict, matches, Wording.SeveralBodies);
    }

    /// <summary>Of a holder's certificates in one category the best one speaks; what is asked of the certificate tells which category is
    /// meant.</summary>
    private Verdict OfHolder(Sought row, Verdict verdict, CertificateRow[] certificates)
    {
        var matches = MatchesOf(row, certificates);
        if (matches.Length == 0) return NotFound(row, verdict);
        // What was issued after the day asked says nothing of that day.
        matches = Preferred(matches, match => match.View.Status != Status.NotYetValid);
        // The holder's name on the day asked before those it bore or bears on other days.
        matches = Preferred(matches, match => match.Compared.Any(one => one is { Field: "name", Verdict: Agreement.Same }));
        matches = Preferred(matches, match => match.Agrees());
        if (certificates.Length > Found.MaxOfHolder) return Ambiguous(verdict, matches, Wording.TooManyOfHolder);
        var holders = matches.Select(match => match.View.Holder.Uscc).OfType<string>().Distinct().Count();
        if (holders > 1) return Ambiguous(verdict, matches, Wording.SeveralHolders);
        var categories = matches.Select(match => match.View.Category.No).Distinct().ToArray();
        var isOfNone = row.Row.Category is { } asked && !categories.Contains(asked);
        if (categories.Length > 1) return Ambiguous(verdict, matches, isOfNone ? Wording.NoneOfCategory : Wording.SeveralCategories);
        return Decide(row, verdict, matches);
    }

    /// <summary>Those of which something holds, or all where it holds of none.</summary>
    private static Match[] Preferred(Match[] matches, Func<Match, bool> which)
    {
        var preferred = Array.FindAll(matches, match => which(match));
        return preferred.Length > 0 ? preferred : matches;
    }

    private Verdict Ambiguous(Verdict verdict, Match[] matches, Text why) =>
        verdict with { Result = Outcome.Ambiguous, Message = why[language], Candidates = Candidates(matches.Select(match => match.View)) };

    /// <summary>The best of certificates that are one holder's and of one category: valid only when nothing that was given says
    /// otherwise.</summary>
    private Verdict Decide(Sought row, Verdict verdict, Match[] matches, MarkTold? mark = null)
    {
        var best = matches.OrderByDescending(match => match.Agrees()).ThenBy(match => match.View.Status == Status.Valid ? 0 : 1)
            .ThenByDescending(match => match.View.LogIndex).First();
        var code = mark is null ? null : CodeTold(mark, best.View.Status);
        var decided = Decision.Of(verdict, best.View, best.Compared, code, today, language, home);
        return matches.Length > 1 ? decided with { Others = matches.Length - 1 } : decided;
    }

    private static CodeTold CodeTold(MarkTold mark, Status status)
    {
        DateTimeOffset? withdrawnAt = mark.Withdrawn is { } since ? DateTimeOffset.FromUnixTimeMilliseconds(since.At) : null;
        return new(Outcomes.Of(status, mark), withdrawnAt, mark.Item is { Checked: false });
    }

    /// <summary>What else the row names is shown to choose from, never answered with.</summary>
    private Verdict NotFound(Sought row, Verdict verdict)
    {
        var malformed = Comparison.Malformed(row.Row);
        var byUscc = found.ByUscc(row);
        var holder = (byUscc.Length > 0 ? byUscc : found.ByName(row)).Take(MaxCandidates)
            .Select(certificate => CertificateView.Of(db, certificate, row.On, knownAt)).OfType<CertificateView>().ToArray();
        var message = malformed.Length > 0 ? $"{coverage.Sentence(language)} {Sentences(malformed)}" : coverage.Sentence(language);
        return verdict with
        {
            Message = holder.Length == 0 ? message : $"{message} {Wording.OfSameHolder[language]}",
            Compared = malformed,
            Candidates = holder.Length == 0 ? null : Candidates(holder),
            DidYouMean = Slips(row),
        };
    }

    private static Candidate[] Candidates(IEnumerable<CertificateView> views)
    {
        var ordered = views.OrderBy(view => view.Category.No).ThenByDescending(view => view.LogIndex);
        return [.. ordered.Take(MaxCandidates).Select(Candidate.Of)];
    }

    private Slip[]? Slips(Sought row)
    {
        // What they would point to may have been recorded since.
        if (knownAt is not null) return null;
        if (row.Numbers.Length > 0 && found.ByNumber(row).Near is { Length: > 0 } near)
        {
            var numbers = near.Select(certificate => certificate.Number).Distinct();
            return [.. numbers.Take(SlipSearch.Most).Select(number => new Slip(number, "number"))];
        }
        if ((row.Row.Code ?? row.Row.Number ?? row.Row.Uscc) is not { } typed || slips++ >= MaxSlips) return null;
        return SlipSearch.Of(db, new() { Typed = typed });
    }

    private string Sentences(Comparison[] compared) =>
        Wording.Joined(compared.Select(one => one.Sentence(language)).OfType<string>(), language);
}
