using Registry.Certificates;

namespace Registry.Tests.Certificates;

public sealed class CertificateDraftTests
{
    private static readonly DateOnly today = new(2026, 6, 15);
    private static readonly CertificateDraft good = new()
    {
        Number = "00114E22766R2L/3502",
        Holder = new() { Name = "青屿云帆电器（演示）有限公司" },
        Category = 26,
        Level = "five-star",
        Scope = "家用电器的销售与售后服务（演示）",
        IssuedOn = new(2025, 3, 1),
    };

    [Fact]
    public void Every_error_is_told_at_once_each_with_its_pointer() => Assert.Equal(
        [
            "/number bad-number", "/holder/name required", "/holder/nameEn too-long", "/holder/uscc bad-uscc", "/holder/region bad-region", "/holder/address bad-text",
            "/standard too-long", "/scope required", "/sites/1 required", "/issuedOn too-far-ahead", "/firstIssuedOn first-issue-after-issue", "/expiresOn expiry-before-issue",
            "/surveyedOn survey-out-of-term", "/level unknown-level", "/score bad-score", "/replaces mistyped",
        ],
        Faults(new()
        {
            Number = new string('7', 51),
            Holder = new() { Name = "  ", NameEn = new string('x', 201), Uscc = "91350100M000100Y4Z", Region = "亚特兰蒂斯", Address = "虚构\u0007路" },
            Category = 26,
            Standard = new string('x', 201),
            Level = "six-star",
            Score = 101.01m,
            Scope = "",
            Sites = ["虚构路 2 号", " "],
            IssuedOn = new(2028, 1, 1),
            FirstIssuedOn = new(2028, 1, 2),
            ExpiresOn = new(2027, 12, 31),
            SurveyedOn = new(2026, 6, 16),
            Replaces = "0000000000001",
        }));

    [Fact]
    public void Nothing_given_names_all_that_is_required() => Assert.Equal(
        ["/number required", "/holder/name required", "/scope required", "/issuedOn required", "/category required"], Faults(new()));

    [Fact]
    public void Pointers_stand_under_the_place_of_the_draft() => Assert.Equal(["/certificate/scope required"], Faults(good with { Scope = null }, "/certificate"));

    [Fact]
    public void Errors_that_were_there_before_do_not_spoil_a_good_draft() => Assert.NotNull(good.Check(today, [new(Refusal.Required)]));

    [Theory]
    // expires, error: a term from 2025-03-01 ends on 2028-02-29; bodies also print the same day three years later.
    [InlineData(null, "")]
    [InlineData("2025-03-01", "")]
    [InlineData("2028-02-29", "")]
    [InlineData("2028-03-01", "")]
    [InlineData("2028-03-02", "/expiresOn term-too-long")]
    [InlineData("2025-02-28", "/expiresOn expiry-before-issue")]
    [InlineData("2200-01-01", "/expiresOn bad-date /expiresOn term-too-long")]
    public void The_term_is_the_schemes(string? expires, string errors) =>
        Assert.Equal(errors, string.Join(' ', Faults(good with { ExpiresOn = expires is null ? null : DateOnly.ParseExact(expires, "O") })));

    [Fact]
    public void What_is_left_out_follows_from_the_scheme()
    {
        var content = Content(good);
        Assert.Equal((new DateOnly(2028, 2, 29), "GB/T 27922-2011"), (content.ExpiresOn, content.Standard));
        Assert.Equal(["/expiresOn required"], Faults(good with { Category = 1, Level = null }));
        Assert.Equal(["/issuedOn required"], Faults(good with { IssuedOn = null }));
    }

    [Theory]
    [InlineData("2027-06-15", "")]
    [InlineData("2027-06-16", "/issuedOn too-far-ahead")]
    [InlineData("2199-12-31", "/issuedOn too-far-ahead")]
    [InlineData("0204-03-01", "/issuedOn bad-date")]
    [InlineData("9999-12-31", "/issuedOn bad-date /issuedOn too-far-ahead")]
    public void The_day_of_issue(string issued, string errors) => Assert.Equal(errors, string.Join(' ', Faults(good with { IssuedOn = DateOnly.ParseExact(issued, "O") })));

    [Theory]
    [InlineData("2025-02-28", "/surveyedOn survey-out-of-term")]
    [InlineData("2025-03-01", "")]
    [InlineData("2026-06-15", "")]
    [InlineData("2026-06-16", "/surveyedOn survey-out-of-term")]
    public void Surveillance_falls_between_issue_and_today(string day, string errors) =>
        Assert.Equal(errors, string.Join(' ', Faults(good with { SurveyedOn = DateOnly.ParseExact(day, "O") })));

    [Theory]
    [InlineData(26, "five-star", "95", "")]
    [InlineData(26, "five-star", "94.99", "/score score-disagrees")]
    [InlineData(26, "three-star", "79.99", "/score score-disagrees")]
    [InlineData(26, "qualified", "79.99", "")]
    [InlineData(26, "four-star", "95", "/score score-disagrees")]
    [InlineData(26, "qualified", "69.99", "/score score-too-low")]
    [InlineData(26, "qualified", "-0.01", "/score bad-score")]
    [InlineData(26, "five-star", "101", "")]
    [InlineData(26, "five-star", "101.01", "/score bad-score")]
    [InlineData(26, null, null, "/level level-required")]
    [InlineData(26, null, "96", "/level level-required")]
    [InlineData(26, "", null, "/level level-required")]
    [InlineData(26, "五星级", null, "/level unknown-level")]
    [InlineData(1, "five-star", null, "/level no-levels")]
    [InlineData(1, null, null, "")]
    [InlineData(0, null, null, "/category unknown-category")]
    [InlineData(29, "five-star", "96", "/category unknown-category")]
    public void Category_level_and_score_agree(int category, string? level, string? score, string errors) => Assert.Equal(errors, string.Join(' ', Faults(good with
    {
        Category = category,
        Level = level,
        Score = score is null ? null : decimal.Parse(score, System.Globalization.CultureInfo.InvariantCulture),
        ExpiresOn = new(2028, 2, 29),
    })));

    [Theory]
    [InlineData("370200", "370200")]
    [InlineData("999999", "999999")] // not in the table: kept
    [InlineData("山东省青岛市", "370200")]
    [InlineData("北京市", "110000")]
    [InlineData("北京市朝阳区", "110105")]
    [InlineData("朝阳区", null)] // several bear the name
    [InlineData("37020", null)]
    [InlineData("３７０２００", null)]
    public void A_region_is_a_code_or_a_full_name(string region, string? code)
    {
        var draft = good with { Holder = good.Holder! with { Region = region } };
        if (code is null) Assert.Equal(["/holder/region bad-region"], Faults(draft));
        else Assert.Equal(code, Content(draft).Holder.Region);
    }

    [Fact]
    public void What_people_type_is_put_in_order()
    {
        var id = Identifier.Of([1]);
        var content = Content(good with
        {
            Number = " 00114e22766r2l / 3502 ",
            Holder = new() { Name = " 青屿云帆电器（演示）\n有限公司 ", NameEn = " ", Uscc = " 91371323760038087m " },
            Sites = ["虚构路 2 号 "],
            Replaces = id.ToLowerInvariant(),
        });
        Assert.Equal("00114e22766r2l / 3502", content.Number); // kept for display
        Assert.Equal(("青屿云帆电器（演示） 有限公司", null, "91371323760038087M"), (content.Holder.Name, content.Holder.NameEn, content.Holder.Uscc));
        Assert.Equal(["虚构路 2 号"], content.Sites!);
        Assert.Equal(id, content.Replaces);
        Assert.Null(Content(good with { Sites = [] }).Sites);
    }

    [Fact]
    public void At_most_50_sites()
    {
        Assert.Empty(Faults(good with { Sites = [.. Enumerable.Repeat("虚构路", 50)] }));
        Assert.Equal(["/sites too-many"], Faults(good with { Sites = [.. Enumerable.Repeat("虚构路", 51)] }));
    }

    [Fact]
    public void Every_fault_is_worded_in_both_languages()
    {
        var faults = new List<Fault>();
        new CertificateDraft { Category = 26, Score = 60, Level = "x", Standard = new string('x', 999), IssuedOn = new(2025, 3, 1), ExpiresOn = new(2099, 1, 1) }.Check(today, faults);
        Assert.All(faults, fault =>
        {
            Assert.DoesNotContain("{", fault.Message(Language.Zh));
            Assert.DoesNotContain("{", fault.Message(Language.En));
        });
    }

    private static CertificateContent Content(CertificateDraft draft)
    {
        var faults = new List<Fault>();
        var content = draft.Check(today, faults);
        Assert.Empty(faults);
        return content!;
    }

    private static string[] Faults(CertificateDraft draft, string at = "")
    {
        var faults = new List<Fault>();
        Assert.Equal(draft.Check(today, faults, at) is null, faults.Count > 0);
        return [.. faults.Select(fault => $"{fault.Pointer} {fault.Refusal.Code}")];
    }
}
