using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Registry.Certificates;

namespace Registry.Tests.Certificates;

public sealed class StatementTests
{
    private static readonly DateTimeOffset statedAt = new(2026, 6, 15, 4, 5, 6, 70, TimeSpan.Zero);
    private static readonly DateOnly on = new(2026, 6, 15);

    /// <summary>Every act, with every member given and with only those it must have.</summary>
    private static readonly Statement[] every =
    [
        new Admit { Body = "CNCA-R-2099-901", Name = "示例认证（虚构）有限公司", NameEn = "Example \"Certification\" <fictional> & Co" },
        new Admit { Body = "CNCA-R-2099-902", Name = "另一认证中心（虚构）" },
        new Issue { Body = "CNCA-R-2099-901", Certificate = Samples.Content },
        new Issue { Body = "CNCA-R-2099-901", Certificate = Samples.Sparse },
        new Correct { Body = "CNCA-R-2099-901", Certificate = "X", EffectiveOn = on, Content = Samples.Content },
        new Suspend { Body = "CNCA-R-2099-901", Certificate = "X", EffectiveOn = on, Until = on.AddMonths(3), Reason = Reason.SurveillanceRefused },
        new Suspend { Body = "CNCA-R-2099-901", Certificate = "X", EffectiveOn = on },
        new Restore { Body = "CNCA-R-2099-901", Certificate = "X", EffectiveOn = on },
        new Revoke { Body = "CNCA-R-2099-901", Certificate = "X", EffectiveOn = on, Reason = Reason.Misuse },
        new Cancel { Body = "CNCA-R-2099-901", Certificate = "X", EffectiveOn = on, Reason = Reason.HolderRequest },
        new IssueMark { Body = "CNCA-R-2099-901", Certificate = "X", Placement = Placement.Packaging, Text = "电水壶 \U00020BB7", Gtin = "06901234567892", Nonce = "1" },
        new IssueMark { Body = "CNCA-R-2099-901", Certificate = "X", Placement = Placement.Documents, Text = "证书", Gdti = "6901234567892A", Run = "B", Items = 1_000_000, SeedHash = new('a', 64) },
        new WithdrawMark { Body = "CNCA-R-2099-901", Mark = "X" },
        new WithdrawMark { Body = "CNCA-R-2099-901", Mark = "X", First = 1, Last = 2, By = Withdrawer.Holder },
        new RegisterKey { Body = "CNCA-R-2099-901", Key = new("EC", "P-256", "x", "y"), Proof = "a.b.c" },
        new RegisterKey { Body = "CNCA-R-2099-901", Key = new("OKP", "Ed25519", "x") },
        new WithdrawKey { Body = "CNCA-R-2099-901", Kid = "X" },
        new OwnSignatureOnly { Body = "CNCA-R-2099-901" },
        new AcceptLoss { Body = "", Lost = "reg.example/log\n5\nAAAA\n" },
    ];

    public static TheoryData<int> All => [.. Enumerable.Range(0, every.Length)];

    [Fact]
    public void No_act_is_left_out() =>
        Assert.Equal(typeof(Statement).GetCustomAttributes(typeof(JsonDerivedTypeAttribute), false).Cast<JsonDerivedTypeAttribute>().Select(a => a.DerivedType.Name).Order(),
            every.Select(statement => statement.GetType().Name).Distinct().Order());

    [Theory, MemberData(nameof(All))]
    public void A_statement_written_again_has_the_same_bytes(int index)
    {
        var json = (every[index] with { StatedAt = statedAt, OnBehalf = true, Aud = "reg.example/log", Prev = "X" }).ToJson();
        var read = Statement.FromJson(json);
        Assert.Equal(every[index].GetType(), read.GetType());
        Assert.Equal((statedAt, true, "reg.example/log", "X"), (read.StatedAt, read.OnBehalf, read.Aud, read.Prev));
        Assert.Equal(Encoding.UTF8.GetString(json), Encoding.UTF8.GetString(read.ToJson()));
    }

    [Theory, MemberData(nameof(All))]
    public void It_says_the_same_whenever_and_by_whomever_it_was_signed(int index)
    {
        Assert.True((every[index] with { StatedAt = statedAt, RecordedAt = statedAt, OnBehalf = true, Aud = "reg.example/log", Prev = "X" }).SaysTheSameAs(every[index]));
        Assert.False((every[index] with { Body = "CNCA-R-2099-999" }).SaysTheSameAs(every[index]));
        Assert.All(every.Where((_, other) => other != index), other => Assert.False(other.SaysTheSameAs(every[index])));
    }

    /// <summary>The form of a statement is a promise: what was signed must be read the same for ever.</summary>
    [Fact]
    public void The_bytes_of_a_statement_never_change() => Assert.Equal(
        """{"act":"revoke","body":"CNCA-R-2099-901","statedAt":"2026-06-15T04:05:06.070Z","onBehalf":true,"reason":"misuse","certificate":"X","effectiveOn":"2026-06-15"}""",
        Encoding.UTF8.GetString((every[8] with { StatedAt = statedAt.ToOffset(TimeSpan.FromHours(8)), OnBehalf = true }).ToJson()));

    [Fact]
    public void Chinese_is_readable_in_a_statement() => Assert.Contains("青屿云帆电器（演示）有限公司", Encoding.UTF8.GetString(every[2].ToJson()));

    [Theory]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"act":"praise","body":"X"}""")]
    [InlineData("""{"act":"revoke","body":"X","statedAt":"2026-06-15T04:05:06.070Z","reason":2,"certificate":"X","effectiveOn":"2026-06-15"}""")]
    [InlineData("""{"act":"restore","body":"X","statedAt":"2026-06-15T04:05:06.070Z","certificate":"X","effectiveOn":"2026-06-15","more":1}""")]
    [InlineData("""{"act":"restore","body":"X","body":"Y","statedAt":"2026-06-15T04:05:06.070Z","certificate":"X","effectiveOn":"2026-06-15"}""")]
    [InlineData("""{"act":"restore","body":null,"statedAt":"2026-06-15T04:05:06.070Z","certificate":"X","effectiveOn":"2026-06-15"}""")]
    [InlineData("""{"act":"register-key","body":"X","statedAt":"2026-06-15T04:05:06.070Z","key":{"kty":"OKP","crv":"Ed25519"}}""")]
    public void Anything_else_is_no_statement(string json) => Assert.ThrowsAny<JsonException>(() => Statement.FromJson(Encoding.UTF8.GetBytes(json)));
}

/// <summary>Contents that tests share: fictional, right in every field.</summary>
internal static class Samples
{
    public static readonly CertificateContent Content = new()
    {
        Number = "00114E22766R2L/3502",
        Holder = new() { Name = "青屿云帆电器（演示）有限公司", NameEn = "Qingyu Yunfan (demo)", Uscc = RegistryApp.Uscc("91370200MA3TEST01"), Region = "370212", Address = "虚构路 1 号" },
        Category = 26,
        Standard = "GB/T 27922-2011",
        Level = "five-star",
        Scope = "家用电器的销售与售后服务（演示）",
        Sites = ["虚构路 2 号", "虚构路 3 号"],
        IssuedOn = new(2025, 3, 1),
        FirstIssuedOn = new(2022, 3, 1),
        ExpiresOn = new(2028, 2, 29),
        SurveyedOn = new(2026, 2, 20),
    };

    /// <summary>Only what a certificate must have.</summary>
    public static readonly CertificateContent Sparse = new()
    {
        Number = "R2_130800590SHA-001",
        Holder = new() { Name = "Harbour Lights (demo) Ltd" },
        Category = 1,
        Scope = "Sales of lamps",
        IssuedOn = new(2025, 1, 1),
        ExpiresOn = new(2027, 12, 31),
    };
}
