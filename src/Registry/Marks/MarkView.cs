using System.Data.Common;
using Registry.Certificates;

namespace Registry.Marks;

/// <summary>A mark 认证标志 as the public reads it.</summary>
public sealed record MarkView
{
    public required string Code { get; init; }
    /// <summary>What its QR code says.</summary>
    public required string Url { get; init; }
    public required Placement Placement { get; init; }
    /// <summary>The product or the premises it is for.</summary>
    public required string Text { get; init; }
    public string? Gtin { get; init; }
    public required DateTimeOffset IssuedAt { get; init; }
    /// <summary>When its body withdrew it; none while it stands.</summary>
    public DateTimeOffset? WithdrawnAt { get; init; }
    /// <summary>The certificate it belongs to, as it stands on the day.</summary>
    public required CertificateView Certificate { get; init; }

    /// <param name="db">Where to read the certificate.</param>
    /// <param name="mark">The mark.</param>
    /// <param name="address">The registry's public address, such as https://reg.example.</param>
    /// <param name="on">The day of the certificate's status.</param>
    public static MarkView Of(DbConnection db, Mark mark, string address, DateOnly on) => new()
    {
        Code = mark.Code,
        Url = UrlOf(address, mark.Code),
        Placement = Enum.Parse<Placement>(mark.Placement, ignoreCase: true),
        Text = mark.Text,
        Gtin = mark.Gtin,
        IssuedAt = DateTimeOffset.FromUnixTimeMilliseconds(mark.IssuedAt),
        WithdrawnAt = mark.WithdrawnAt is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null,
        Certificate = CertificateView.Of(db, CertificateStore.Find(db, mark.CertificateId)!, on)!,
    };

    /// <summary>In upper case, which a QR code holds in 5.5 bits a character instead of 8.</summary>
    public static string UrlOf(string address, string code) => $"{address}/m/{code}".ToUpperInvariant();
}
