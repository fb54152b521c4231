using System.Text.Json;
using System.Text.Json.Nodes;
using Registry.Certificates;
using Registry.Http;

namespace Registry.Tests.Certificates;

public sealed class CertificateJsonTests
{
    private static readonly CertificateView full = Full();

    private static CertificateView Full()
    {
        var view = Typed();
        foreach (var text in Fields.Texts) text.Set(view, "文 <" + text.Pointer);
        return view;
    }

    private static CertificateView Typed() => new()
    {
        Id = "0132VKBR46E93",
        Number = "901/22 <E>\"\\+😀",
        Status = Status.Suspended,
        StatusCode = "02",
        AsOf = new(2026, 11, 24),
        Holder = new("海尔 & Söhne", "Haier", "91150824MA07EG33HY", "150824", "内蒙古自治区", "虚构巷 1 号") { FormerNames = ["旧", "Old"], LaterNames = ["新"] },
        Body = new("CNCA-R-2099-901", "示例认证", "Example"),
        Category = new(26, "service", "商品售后服务评价体系", "After-sales service"),
        Level = new("five-star", "五星级", "Five-star", 5),
        Scope = "范围\n与\u2028其他",
        Sites = ["一", "二"],
        IssuedOn = new(2025, 1, 2),
        FirstIssuedOn = new(2020, 1, 2),
        ExpiresOn = new(2028, 1, 1),
        Suspension = new(new(2026, 1, 1), new(2026, 6, 1), true, Reason.SurveillanceRefused),
        Ended = new(Status.Revoked, new(2026, 7, 1), new DateTimeOffset(2026, 7, 2, 3, 4, 5, 60, TimeSpan.Zero), Reason.Nonconformity),
        Replaces = "A",
        ReplacedBy = "B",
        Surveillance = new(new(2026, 1, 1), new(2027, 1, 1), true),
        Ahead = new("尚未到", "still to come"),
        Today = new(Status.Revoked, new(2026, 7, 1)),
        RecordedAt = new DateTimeOffset(2026, 11, 25, 1, 2, 3, 4, TimeSpan.Zero),
        RecordedLater = true,
        DecidedBy = 5,
        SignedBy = "registry",
        LogIndex = 12_345_678_901,
    };

    /// <summary>A member that is added to the view, or that is absent, must not be forgotten by the hand that writes it.</summary>
    [Fact]
    public void A_certificate_is_written_as_the_serialiser_would()
    {
        var plain = new JsonSerializerOptions(Json.Options);
        Assert.True(plain.Converters.Remove(plain.Converters.OfType<CertificateJson>().Single()));
        var bare = full with
        {
            StatusCode = null,
            Holder = new("甲", null, null, null, null, null),
            Body = new("CNCA-R-2099-901", "示例", null),
            Level = null,
            Sites = [],
            FirstIssuedOn = null,
            Suspension = null,
            Ended = null,
            Replaces = null,
            ReplacedBy = null,
            Surveillance = null,
            Today = null,
            RecordedLater = null,
        };
        foreach (var text in Fields.Texts) text.Set(bare, null);
        foreach (var view in (CertificateView[])[full, bare, full with { Suspension = new(new(2026, 1, 1), null, false, null), Ended = full.Ended! with { Reason = null }, Surveillance = new(null, null, false), Today = new(Status.NotYetValid, null) }])
            Assert.True(JsonNode.DeepEquals(JsonSerializer.SerializeToNode(view, plain), JsonSerializer.SerializeToNode(view, Json.Options)), JsonSerializer.Serialize(view, Json.Options));
        Assert.All(typeof(CertificateView).GetProperties(), member => Assert.NotNull(member.GetValue(full)));
        Assert.All(typeof(HolderView).GetProperties(), member => Assert.NotNull(member.GetValue(full.Holder)));
    }
}
