using Registry.Certificates;

namespace Registry.Tests.Certificates;

public sealed class CatalogueTests
{
    [Theory]
    [InlineData("0", null)]
    [InlineData("69.99", null)]
    [InlineData("69.9999999999999999", null)]
    [InlineData("70", "qualified")]
    [InlineData("79.99", "qualified")]
    [InlineData("79.9999999999999999", "qualified")]
    [InlineData("80", "three-star")]
    [InlineData("89.99", "three-star")]
    [InlineData("90", "four-star")]
    [InlineData("94.99", "four-star")]
    [InlineData("95", "five-star")]
    [InlineData("101", "five-star")]
    public void A_level_is_never_rounded_up(string score, string? level) =>
        Assert.Equal(level, Catalogue.SchemeOf(26, new(2025, 3, 1)).LevelFor(decimal.Parse(score, System.Globalization.CultureInfo.InvariantCulture))?.Code);

    [Fact]
    public void The_scheme_of_after_sales_service()
    {
        var scheme = Catalogue.SchemeOf(26, new(2025, 3, 1));
        Assert.Equal(("GB/T 27922-2011", 36, 12), (scheme.Standard, scheme.TermMonths, scheme.SurveillanceMonths));
        Assert.Equal(["达标级", "三星级", "四星级", "五星级"], scheme.Levels.Select(level => level.Name.Zh));
        Assert.Equal([0, 3, 4, 5], scheme.Levels.Select(level => level.Stars));
        Assert.Equal(Enum.GetValues<Placement>(), scheme.Placements);
        Assert.Null(scheme.LevelOf("Five-Star"));
        Assert.Null(scheme.LevelOf(null));
    }

    [Fact]
    public void A_category_without_an_edition_has_no_levels_and_no_marks_on_packaging()
    {
        Assert.All(Catalogue.Categories.Where(category => category.No != 26), category =>
        {
            var scheme = Catalogue.SchemeOf(category.No, new(2025, 3, 1));
            Assert.Empty(scheme.Levels);
            Assert.DoesNotContain(Placement.Packaging, scheme.Placements);
        });
    }

    [Fact]
    public void There_are_28_categories_in_three_groups()
    {
        Assert.Equal(Enumerable.Range(1, 28), Catalogue.Categories.Select(category => category.No));
        Assert.Equal(["management_system 10", "product 14", "service 4"], Catalogue.Categories.GroupBy(category => category.Group).OrderBy(group => group.Key).Select(group => $"{group.Key} {group.Count()}"));
        Assert.All(Catalogue.Categories, category => Assert.NotNull(Catalogue.GroupName(category.Group)));
        Assert.Equal("商品售后服务评价体系", Catalogue.CategoryOf(26)!.Shown.Zh);
        Assert.Null(Catalogue.CategoryOf(0));
        Assert.Null(Catalogue.CategoryOf(29));
    }

    [Fact]
    public void Wording_that_the_source_blanks_out_stays_blank()
    {
        var blank = Assert.Single(Catalogue.Categories, category => category.Name is null);
        Assert.Equal((20, new("第 20 项（名称以国家目录为准）", "Category 20 (named in the national catalogue)"), blank.Shown), (blank.No, blank.Shown, blank.Numbered));
    }

    [Theory]
    [InlineData("370000", "山东省")]
    [InlineData("370200", "山东省青岛市")]
    [InlineData("110000", "北京市")]
    [InlineData("110105", "北京市朝阳区")]
    [InlineData("429004", "湖北省仙桃市")]
    [InlineData("999999", "999999")]
    public void The_full_name_of_a_region(string code, string name) => Assert.Equal(name, Catalogue.RegionName(code));

    [Theory]
    [InlineData("山东省青岛市", "370200")]
    [InlineData(" 山东省 青岛市 ", "370200")]
    [InlineData("青岛市", "370200")]
    [InlineData("青岛", "370200")]
    [InlineData("山东", "370000")]
    [InlineData("北京市", "110000")]
    [InlineData("北京", "110000")]
    [InlineData("内蒙古", "150000")]
    [InlineData("广西", "450000")]
    [InlineData("", "")]
    [InlineData("不存在市", "")]
    public void The_region_of_a_name(string name, string code) => Assert.Equal(code, string.Join(' ', Catalogue.RegionsNamed(name)));

    [Fact]
    public void A_bare_name_gives_all_that_bear_it()
    {
        Assert.Contains("110105", Catalogue.RegionsNamed("朝阳区"));
        Assert.True(Catalogue.RegionsNamed("朝阳区").Count > 1);
    }

    [Fact]
    public void Every_full_name_leads_back_to_its_region()
    {
        // 市辖区, 县 and the like only group: they have no name of their own.
        var named = Catalogue.Regions.Values.Where(region => region.Parent is null || Catalogue.RegionName(region.Code) != Catalogue.RegionName(region.Parent));
        Assert.All(named, region => Assert.Equal([region.Code], Catalogue.RegionsNamed(Catalogue.RegionName(region.Code))));
    }

    [Fact]
    public void Every_region_lies_inside_its_parent() => Assert.All(Catalogue.Regions.Values.Where(region => region.Parent is not null), region =>
    {
        Assert.True(Catalogue.Regions.ContainsKey(region.Parent!));
        Assert.StartsWith(Catalogue.RegionPrefix(region.Parent!), region.Code);
    });

    [Theory]
    [InlineData("370000", "37")]
    [InlineData("370200", "3702")]
    [InlineData("370212", "370212")]
    public void The_prefix_of_a_region(string code, string prefix) => Assert.Equal(prefix, Catalogue.RegionPrefix(code));

    [Theory]
    [InlineData("CNCA-R-2002-001", true)]
    [InlineData("CNCA-RF-2005-41", true)]
    [InlineData("CNCA-RF-2005-411", true)]
    [InlineData("CNCA-R-2002-01", false)]
    [InlineData("CNCA-R-2002-0011", false)]
    [InlineData("CNCA-RF-2005-4", false)]
    [InlineData("cnca-r-2002-001", false)]
    [InlineData("CNCA-R-2002-001\n", false)]
    [InlineData("CNCA-R-٢٠٠٢-001", false)]
    public void Approval_numbers(string text, bool valid) => Assert.Equal(valid, Catalogue.IsApprovalNumber(text));
}
