using System.Data.Common;
using Registry.Certificates;

namespace Registry.Marks;

/// <summary>A mark 认证标志 as the public reads it.</summary>
public sealed record MarkView
{
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
    /// <summary>When it was withdrawn, or the range its item lies in; none while it stands.</summary>
    public DateTimeOffset? WithdrawnAt { get; init; }
    /// <summary>At whose wish.</summary>
    public Withdrawer? WithdrawnBy { get; init; }
    /// <summary>Of a serialised mark, the ranges withdrawn, at most 100.</summary>
    public WithdrawnRange[]? Withdrawn { get; init; }
    /// <summary>The item, when the code was an item's.</summary>
    public ItemView? Item { get; init; }
    /// <summary>The certificate it belongs to, as it stands on the day.</summary>
    public required CertificateView Certificate { get; init; }

    /// <summary>A mark, or an item of it, by a code as somebody typed it.</summary>
    /// <param name="db">Where to read.</param>
    /// <param name="typed">13 characters of a mark or 26 of an item.</param>
    /// <param name="address">The registry's public address, such as https://reg.example.</param>
    /// <param name="on">The day of the certificate's status.</param>
    /// <exception cref="FaultException">It is mistyped, or not in this registry.</exception>
    public static MarkView Of(DbConnection db, string typed, string address, DateOnly on)
    {
        var (code, half) = ItemCode.Parse(typed) ?? throw new FaultException(new Fault(Refusal.Mistyped));
        var (mark, certificate) = MarkStore.FindBoth(db, code) ?? throw new FaultException(new Fault(Refusal.UnknownMark));
        ItemView? item = null;
        MarkRange? range = null;
        if (half is not null)
        {
            (item, range) = MarkStore.ItemOf(db, mark, half) ?? throw new FaultException(new Fault(Refusal.UnknownItem));
        }
        // Whichever was withdrawn first, the whole or the range, is since when the item should not be used.
        var byRange = range is not null && (mark.WithdrawnAt is null || range.WithdrawnAt < mark.WithdrawnAt);
        var (withdrawnAt, withdrawnBy) = byRange ? (range!.WithdrawnAt, range.WithdrawnBy) : (mark.WithdrawnAt, mark.WithdrawnBy);
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
            WithdrawnAt = withdrawnAt is { } at ? At(at) : null,
            WithdrawnBy = By(withdrawnBy),
            Withdrawn = mark.Items is null ? null : [.. MarkStore.Ranges(db, mark.Seq, 100).Select(r => new WithdrawnRange(r.First, r.Last, At(r.WithdrawnAt), By(r.WithdrawnBy)))],
            Item = item,
            Certificate = CertificateView.Of(db, certificate, on)!,
        };
    }

    /// <summary>In upper case, which a QR code holds in 5.5 bits a character instead of 8.</summary>
    public static string UrlOf(string address, string code) => $"{address}/m/{code}".ToUpperInvariant();

    private static DateTimeOffset At(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);

    private static Withdrawer? By(string? word) => word is null ? null : Enum.Parse<Withdrawer>(word, ignoreCase: true);
}

/// <summary>An item of a serialised mark. Where <see cref="Checked"/> is false this copy of the registry holds the log but not the mark's
/// seed: the mark, the serial's range and any withdrawal are checked, the code's own tag is not.</summary>
public sealed record ItemView(int Serial, string Code, bool Checked);

/// <summary>Serials withdrawn, both ends included.</summary>
public sealed record WithdrawnRange(int First, int Last, DateTimeOffset At, Withdrawer? By);
