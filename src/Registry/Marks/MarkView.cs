using System.Data.Common;
using Registry.Certificates;

namespace Registry.Marks;

/// <summary>A mark 认证标志 as the public reads it.</summary>
public sealed record MarkView
{
    /// <summary>The answer in one word: mark-withdrawn, incomplete (the first half of an item's code), unchecked (this copy of the registry
    /// cannot check the item's tag), copied (an item opened like many copies), else the certificate's status.</summary>
    public string Result =>
        MarkResult.Of(Certificate.Status, WithdrawnAt is not null, IsHalf, LooksCopied == true, Item is { Checked: false });
    /// <summary>Artwork is given out while the certificate is valid, or not yet, and its scheme permits the mark where it was issued for: a
    /// correction may have taken it to another category.</summary>
    /// <exception cref="FaultException">There is none now.</exception>
    internal void RequireArtwork()
    {
        if (Certificate.Status is not (Status.Valid or Status.NotYetValid)) throw new FaultException(Refusal.NoArtworkNow);
        var scheme = Catalogue.SchemeOf(Certificate.Category.No, Certificate.IssuedOn);
        if (scheme.Refuses(Placement) is { } forbidden) throw new FaultException(forbidden);
    }

    /// <summary>Only the first half of an item's code.</summary>
    internal bool IsHalf => Items is not null && Item is null;
    /// <summary>The code that somebody holds: the item's, or the mark's own.</summary>
    internal string Held => Item?.Code ?? Code;
    public required string Code { get; init; }
    /// <summary>What its QR code says; of a serialised mark, what an item's says before the item's own half.</summary>
    public required string Url { get; init; }
    public required Placement Placement { get; init; }
    /// <summary>The product or the premises it is for.</summary>
    public required string Text { get; init; }
    public string? Gtin { get; init; }
    public string? Gdti { get; init; }
    /// <summary>Label of the print run.</summary>
    public string? Run { get; init; }
    /// <summary>Number of items of a serialised mark.</summary>
    public int? Items { get; init; }
    public required DateTimeOffset IssuedAt { get; init; }
    /// <summary>When it was withdrawn, or the range its item lies in, or the last of its items; none while it stands.</summary>
    public DateTimeOffset? WithdrawnAt { get; init; }
    /// <summary>At whose wish.</summary>
    public Withdrawer? WithdrawnBy { get; init; }
    /// <summary>Of a serialised mark, the ranges withdrawn, at most 100.</summary>
    public WithdrawnRange[]? Withdrawn { get; init; }
    /// <summary>The item, when the code was an item's.</summary>
    public ItemView? Item { get; init; }
    /// <summary>True for an item that was opened so often that it is more likely printed many times over; left out otherwise.</summary>
    public bool? LooksCopied { get; init; }
    /// <summary>The same with what its certificate is today, where another day or an earlier record was asked of.</summary>
    public MarkView Beside(DbConnection db, AskedTime asked) => asked.IsNow ? this
        : this with { Certificate = Certificate.Beside(db, CertificateStore.Existing(db, Certificate.Id), asked.Today) };

    /// <summary>The certificate it belongs to, as it stands on the day.</summary>
    public required CertificateView Certificate { get; init; }
    /// <summary>Told to whoever posts it: marks of other holders with the same GTIN or GDTI, at most 20. Its own code then leads to a page
    /// to choose from.</summary>
    public SharedKey[]? AlsoStatedFor { get; init; }

    /// <summary>A mark, or an item of it, by a code as somebody typed it.</summary>
    /// <param name="db">Where to read.</param>
    /// <param name="typed">13 characters of a mark or 26 of an item.</param>
    /// <param name="address">The registry's public address, such as https://reg.example.</param>
    /// <param name="on">The day of the certificate's status.</param>
    /// <param name="knownAt">Up to when what was recorded counts; left out, all does. That an item looks copied is told all the
    /// same.</param>
    /// <exception cref="FaultException">It is mistyped, not in this registry, or was not recorded then.</exception>
    public static MarkView Of(DbConnection db, string typed, string address, DateOnly on, DateTimeOffset? knownAt = null)
    {
        var (code, half) = ItemCode.Parse(typed) ?? throw new FaultException(Refusal.Mistyped);
        var told = MarkStore.Tell(db, code, half) ?? throw new FaultException(Refusal.UnknownMark);
        if (told.IsForged) throw new FaultException(Refusal.UnknownItem);
        if (knownAt is { } then) told = told.AsKnown(db, then) ?? throw new FaultException(Refusal.NotRecordedThen);
        var (mark, item) = (told.Mark, told.Item);
        var ranges = MarkStore.Ranges(db, mark.Seq, MaxRanges).Where(range => knownAt is null || At(range.WithdrawnAt) <= knownAt);
        return new()
        {
            Code = mark.Code,
            Url = UrlOf(address, item?.Code ?? mark.Code),
            Placement = Enum.Parse<Placement>(mark.Placement, ignoreCase: true),
            Text = mark.Text,
            Gtin = mark.Gtin,
            Gdti = mark.Gdti,
            Run = mark.Run,
            Items = mark.Items,
            IssuedAt = At(mark.IssuedAt),
            WithdrawnAt = told.Withdrawn is { } withdrawn ? At(withdrawn.At) : null,
            WithdrawnBy = By(told.Withdrawn?.By),
            Withdrawn = mark.Items is null ? null : [.. ranges.Select(RangeOf)],
            Item = item,
            LooksCopied = told.LooksCopied ? true : null,
            Certificate = CertificateView.Of(db, told.Certificate, on, knownAt)!,
        };

        WithdrawnRange RangeOf(MarkRange range) => new(range.First, range.Last, At(range.WithdrawnAt), By(range.WithdrawnBy));
    }

    /// <summary>Withdrawn ranges shown of a mark.</summary>
    private const int MaxRanges = 100;

    /// <summary>In upper case, which a QR code holds in 5.5 bits a character instead of 8.</summary>
    public static string UrlOf(string address, string code) => $"{address}/m/{code}".ToUpperInvariant();

    /// <summary>In lower case, for scanners that know no scheme but <c>https://</c>.</summary>
    public static string LowerUrlOf(string address, string code) => $"{address}/m/{code.ToLowerInvariant()}";

    private static DateTimeOffset At(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);

    private static Withdrawer? By(string? word) => word is null ? null : Enum.Parse<Withdrawer>(word, ignoreCase: true);
}

/// <summary>A mark of another holder with the same GS1 key.</summary>
public sealed record SharedKey(string Mark, string Certificate, string Holder, string Body, DateTimeOffset? WithdrawnAt)
{
    private const int Most = 20;

    /// <summary>Null when there are none.</summary>
    public static SharedKey[]? Of(DbConnection db, string? gtin, string? gdti, string certificate)
    {
        if (gtin is null && gdti is null) return null;
        var others = MarkStore.OfOtherHolders(db, gtin, gdti, certificate, Most).Select(mark => Of(db, mark)).ToArray();
        return others.Length == 0 ? null : others;
    }

    private static SharedKey Of(DbConnection db, Mark mark)
    {
        var holder = CertificateStore.Existing(db, mark.CertificateId).Certificate.Content.Holder.Name;
        DateTimeOffset? withdrawnAt = mark.WithdrawnAt is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null;
        return new(mark.Code, mark.CertificateId, holder, mark.BodyNumber, withdrawnAt);
    }
}

/// <summary>An item of a serialised mark. Where <see cref="Checked"/> is false this copy of the registry holds the log but not the mark's
/// seed: the mark, the serial's range and any withdrawal are checked, the code's own tag is not.</summary>
public sealed record ItemView(int Serial, string Code, bool Checked);

/// <summary>Serials withdrawn, both ends included.</summary>
public sealed record WithdrawnRange(int First, int Last, DateTimeOffset At, Withdrawer? By);

/// <summary>A code that was searched for, beside the certificates found: its page as a mark, and in one word what it says.</summary>
/// <param name="Code">13 characters, or the 26 of an item; where it is mistyped, what was read.</param>
/// <param name="Result">As of <see cref="MarkView"/>, or forged (not made by this registry), mistyped, not-in-registry.</param>
/// <param name="Name">The result in Chinese.</param>
/// <param name="NameEn">The result in English.</param>
/// <param name="Page">Path of its page.</param>
/// <param name="WithdrawnAt">Since when it should no longer be used.</param>
/// <param name="Certificate">Id of its certificate.</param>
public sealed record MarkHit(
    string Code, string Result, string Name, string NameEn, string Page, DateTimeOffset? WithdrawnAt, string? Certificate)
{
    /// <summary>Whether nothing stands against the certificate it leads to.</summary>
    public bool Stands() => Statuses.All.Any(status => status.Word() == Result);

    /// <summary>What a text says that can be nothing but a code of a mark; null where it may be something else.</summary>
    /// <param name="db">Where to read.</param>
    /// <param name="typed">As somebody typed, pasted or scanned it.</param>
    /// <param name="on">The day of the certificate's status.</param>
    /// <param name="knownAt">Up to when what was recorded counts; null where all does.</param>
    public static MarkHit? Of(DbConnection db, string typed, DateOnly on, DateTimeOffset? knownAt = null)
    {
        var isAddress = Identifier.IsAddress(typed);
        if (ItemCode.Parse(typed) is not (var mark, var half)) return isAddress ? Hit(Identifier.Plain(typed), MarkResult.Mistyped) : null;
        var told = MarkStore.Tell(db, mark, half);
        if (knownAt is { } then) told = told?.AsKnown(db, then);
        if (told is not null) return Hit(mark + half, told.ResultBy(CertificateView.Of(db, told.Certificate, on, knownAt)!.Status), told);
        // The check characters of an item's code agree by chance once in a thousand; an id of a certificate is found by the search itself.
        var meant = half is not null || isAddress && CertificateStore.Find(db, mark) is null;
        return meant ? Hit(mark + half, MarkResult.NotInRegistry) : null;
    }

    /// <summary>What to say of a text under which nothing was found, where it has the length and the characters of a code.</summary>
    public static MarkHit? Mistyped(string typed)
    {
        var plain = Identifier.Plain(typed);
        var looksLikeOne = plain.Length is Identifier.Length or ItemCode.Length
            && plain.All(char.IsAsciiLetterOrDigit) && plain.Any(char.IsAsciiDigit);
        return looksLikeOne && ItemCode.Parse(plain) is null ? Hit(plain, MarkResult.Mistyped) : null;
    }

    private static MarkHit Hit(string code, string result, MarkTold? told = null)
    {
        var name = MarkResult.Name(result);
        DateTimeOffset? withdrawn = told?.Withdrawn is { } since ? DateTimeOffset.FromUnixTimeMilliseconds(since.At) : null;
        return new(code, result, name.Zh, name.En, "/m/" + Uri.EscapeDataString(code), withdrawn, told?.Certificate.Id);
    }
}
