using System.Net;
using System.Text.Json.Nodes;
using Registry.Certificates;
using Registry.Search;
using Registry.Statements;

namespace Registry.Tests.Search;

/// <summary>One registry for all sentences about what a person means.</summary>
public sealed class QualityRegistry : IDisposable
{
    private readonly Lazy<(RegistryApp App, string Id)> made = new(Make);

    /// <summary>Made by the first test that wants it: where the engine is missing that test is skipped, and nothing has failed.</summary>
    public RegistryApp App => made.Value.App;
    public string Id => made.Value.Id;

    private static (RegistryApp, string) Make()
    {
        var app = new RegistryApp();
        var number = 0;
        foreach (var (name, scope) in ((string, string)[])
            [("广东肇庆云海电器（演示）有限公司", "照明灯具的生产"), ("青岛海尔（虚构）服务有限公司", "家用电器的安装与维修"), ("臺灣鴻運電器股份有限公司", "電子產品的銷售"), ("重庆长乐行物业有限公司", "物业管理"),
                ("ＡＢＣ科技（演示）有限公司", "计算机软件"), ("中国北方工业集团青屿云帆新能源科技（山东）股份有限公司青岛第二分公司", "新能源"), ("绿源女装有限公司", "服装的销售"), ("乾元商贸有限公司", "家用电器的销售"),
                ("Nordwind Maschinenbau GmbH", "pumps and valves"), ("海尔曼斯演示公司", "玩具"), ("𠮷野家饮食（演示）有限公司", "餐饮"), ("Sōda Müller AG", "soda")])
            app.Issue($"Q{++number:00}-2026/77", draft =>
            {
                (draft["holder"]!["name"], draft["scope"], draft["category"], draft["standard"]) = (name, scope, 1, "GB/T 19001-2016");
                draft["holder"]!["uscc"] = RegistryApp.Uscc($"9137020{number:00}MA3TEST0");
                foreach (var field in (string[])["level", "score"]) draft.Remove(field);
            }).GetAwaiter().GetResult();
        return (app, (string)app.GetJson("/v1/certificates?number=Q01-2026/77").GetAwaiter().GetResult()["items"]![0]!["id"]!);
    }

    public void Dispose()
    {
        if (made.IsValueCreated) App.Dispose();
    }
}

/// <summary>Sentences about what a person means: each row one of them.</summary>
public sealed class SearchQualityTests(QualityRegistry registry) : IClassFixture<QualityRegistry>
{
    private readonly RegistryApp app = registry.App;

    private async Task<JsonNode> Search(string q) => await app.GetJson("/v1/certificates?q=" + Uri.EscapeDataString(q));

    private static string Names(JsonNode found, string list = "items") =>
        string.Join(' ', found[list]!.AsArray().Select(item => (string)(item!["holder"]?["name"] ?? item["name"])!).Select(name => name[..Math.Min(4, name.Length)]).Order(StringComparer.Ordinal));

    private static string Sorted(string names) => string.Join(' ', names.Split(' ').Order(StringComparer.Ordinal));

    [Theory]
    [InlineData("肇庆 电器", "广东肇庆", "place and trade, in any order, find 广东肇庆…电器有限公司")]
    [InlineData("电器 肇庆", "广东肇庆", "in any order")]
    [InlineData("电器肇庆", "", "one word has to stand together")]
    [InlineData("haier", "海尔曼斯 青岛海尔", "pinyin")]
    [InlineData("HaiEr", "海尔曼斯 青岛海尔", "pinyin in any case")]
    [InlineData("ｈａｉｅｒ", "海尔曼斯 青岛海尔", "pinyin in full width")]
    [InlineData("hai er", "海尔曼斯 青岛海尔", "syllables apart")]
    [InlineData("hai'er", "海尔曼斯 青岛海尔", "syllables with the apostrophe")]
    [InlineData("he", "海尔曼斯 青岛海尔", "initials")]
    [InlineData("qdhe", "青岛海尔", "more initials")]
    [InlineData("qingdaohaier", "青岛海尔", "longer pinyin")]
    [InlineData("qingdao haier", "青岛海尔", "two words in pinyin")]
    [InlineData("haierman", "海尔曼斯", "three syllables")]
    [InlineData("haie", "海尔曼斯 青岛海尔", "the last syllable is still being typed")]
    [InlineData("hai 虚构", "青岛海尔", "a single syllable beside another word")]
    [InlineData("chongqing", "重庆长乐", "重 read chong")]
    [InlineData("zhongqing", "重庆长乐", "重 read zhong: every reading counts")]
    [InlineData("changle", "重庆长乐", "长乐 read changle")]
    [InlineData("zhangyue", "重庆长乐", "长乐 read zhangyue")]
    [InlineData("lexing", "重庆长乐", "行 read xing")]
    [InlineData("lehang", "重庆长乐", "行 read hang")]
    [InlineData("cqcl", "重庆长乐", "initials of one reading")]
    [InlineData("zqzy", "重庆长乐", "initials of the other")]
    [InlineData("lvyuan", "绿源女装", "ü typed as v")]
    [InlineData("lüyuan", "绿源女装", "ü typed as it is")]
    [InlineData("nvzhuang", "绿源女装", "ü after n")]
    [InlineData("qianyuan", "乾元商贸", "乾 is read qian though its simplified form may be 干")]
    [InlineData("hongyun", "臺灣鴻運", "pinyin of traditional characters")]
    [InlineData("台湾鸿运电器", "臺灣鴻運", "simplified finds traditional")]
    [InlineData("臺灣鴻運電器", "臺灣鴻運", "traditional finds itself")]
    [InlineData("電器 肇慶", "广东肇庆", "traditional finds simplified")]
    [InlineData("电子产品", "臺灣鴻運", "in the scope too")]
    [InlineData("abc科技", "ＡＢＣ科", "half width finds full width")]
    [InlineData("ＡＢＣ", "ＡＢＣ科", "full width finds full width")]
    [InlineData("c科技", "ＡＢＣ科", "from the middle of one script into another")]
    [InlineData("bc科", "ＡＢＣ科", "with one character of it")]
    [InlineData("b科技", "", "not with a letter left out")]
    [InlineData("云帆", "中国北方", "a brand inside a long name")]
    [InlineData("青屿 青岛", "中国北方", "brand and branch")]
    [InlineData("yunfan", "中国北方", "pinyin of a brand inside a long name")]
    [InlineData("家用电器 安装", "青岛海尔", "scope text")]
    [InlineData("家用电器 青岛", "青岛海尔", "scope and name")]
    [InlineData("maschinen", "Nord", "a piece of a Latin name")]
    [InlineData("GmbH nordwind", "Nord", "Latin words in any order")]
    [InlineData("valves", "Nord", "scope in English")]
    [InlineData("müller", "Sōda", "letters with marks")]
    [InlineData("𠮷野家", "𠮷野家", "a character beyond the basic plane")]
    [InlineData("（演示）有限公司", "ＡＢＣ科 广东肇庆 𠮷野家", "brackets of either width")]
    [InlineData("haixin", "", "海尔 is not haixin")]
    [InlineData("hq", "", "initials stand together: 海…器 do not")]
    [InlineData("jiadian", "", "pinyin is of names: 家用电器 of a scope is not spelled out")]
    [InlineData("空调", "", "nobody has it")]
    public async Task A_person_finds(string q, string expected, string sentence) => Assert.True(Sorted(expected) == Names(await Search(q)), $"{q}: {sentence}; found {Names(await Search(q))}");

    [Theory]
    [InlineData("Q01-2026/77")]
    [InlineData("q01-2026")]
    [InlineData("Q01 2026 77")]
    [InlineData("Ｑ０１－２０２６／７７")]
    [InlineData("q01202677")]
    [InlineData("q01_2026")]
    public async Task A_number_is_found_by_its_beginning_and_without_its_signs(string q) => Assert.Equal("广东肇庆", Names(await Search(q)));

    [Fact]
    public async Task An_id_is_found_as_it_is_written() => Assert.Equal("广东肇庆", Names(await Search(registry.Id.ToLowerInvariant())));

    [Theory]
    [InlineData("Q01-2026/76")]
    [InlineData("Q01-206/77")]
    [InlineData("Q01-22026/77")]
    [InlineData("Q0I-2026/77")]
    [InlineData("Q10-2026/77", "Q10-2026/77")]
    [InlineData("q01-202677x")]
    [InlineData("Q01-2062/77")]
    // Several letters that look like digits.
    [InlineData("QO1-2O26/77")]
    [InlineData("QOI-ZOZ6/77")]
    public async Task A_slip_in_a_number_is_asked_about_and_never_answered(string typed, string? found = null)
    {
        var answer = await Search(typed);
        Assert.Equal(found, (string?)answer["items"]!.AsArray().FirstOrDefault()?["number"]);
        if (found is null) Assert.Contains("Q01-2026/77", answer["didYouMean"]!.AsArray().Where(slip => (string)slip!["kind"]! == "number").Select(slip => (string)slip!["text"]!));
        else Assert.Null(answer["didYouMean"]);
        var parameter = await app.GetJson("/v1/certificates?number=" + Uri.EscapeDataString(typed));
        Assert.Equal(found is null, parameter["didYouMean"] is not null);
        if (found is null) Assert.Contains("Q01-2026/77", await (await app.Send("GET", "/?q=" + Uri.EscapeDataString(typed))).Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_slip_in_a_credit_code_an_organisation_code_or_an_id_is_asked_about()
    {
        var uscc = (string)(await app.GetJson("/v1/certificates?number=Q02-2026/77"))["items"]![0]!["holder"]!["uscc"]!;
        async Task Asks(string path, string text, string kind)
        {
            var answer = await app.GetJson(path);
            Assert.Empty(answer["items"]!.AsArray());
            Assert.Contains($"{text} {kind}", answer["didYouMean"]!.AsArray().Select(slip => $"{slip!["text"]} {slip["kind"]}"));
        }
        static string Other(char c) => c == 'W' ? "X" : "W";
        await Asks($"/v1/certificates?q={uscc[..9]}{Other(uscc[9])}{uscc[10..]}", uscc, "uscc");
        await Asks($"/v1/certificates?uscc={uscc[..17]}{Other(uscc[17])}", uscc, "uscc");
        await Asks($"/v1/certificates?q={uscc[8..12]}{Other(uscc[12])}{uscc[13..17]}", uscc[8..17], "uscc");
        await Asks($"/v1/certificates?q={registry.Id[..6]}{Other(registry.Id[6])}{registry.Id[7..]}", registry.Id, "certificate");
        // A label before it, a remark behind it.
        foreach (var typed in (string[])["证书编号：Q01-2026/77", "Q01-2026/77（五星级）", "查一下Q01-2026/77这张"])
            await Asks($"/v1/certificates?q={Uri.EscapeDataString(typed)}", "Q01-2026/77", "number");
        await Asks($"/v1/certificates?q={Uri.EscapeDataString("统一社会信用代码：" + uscc)}", uscc, "uscc");
        var holder = (string)(await app.GetJson("/v1/certificates?number=Q02-2026/77"))["items"]![0]!["holder"]!["name"]!;
        await Asks($"/v1/certificates?q={Uri.EscapeDataString(holder + "（盖章）")}", holder, "holder");
        await Asks($"/v1/certificates?q={Uri.EscapeDataString("投标人:" + holder)}", holder, "holder");
        // Words with a sign between them, and a short name with what every company is called: only where that finds something.
        var first = (string)(await app.GetJson("/v1/certificates?q=" + Uri.EscapeDataString("女装 绿源")))["items"]![0]!["holder"]!["name"]!;
        foreach (var typed in (string[])["女装、绿源", "女装，绿源", "女装/绿源", "女装（绿源）"])
            await Asks($"/v1/certificates?q={Uri.EscapeDataString(typed)}", "女装 绿源", "q");
        await Asks($"/v1/certificates?q={Uri.EscapeDataString("绿源有限公司")}", "绿源 有限公司", "q");
        Assert.Contains(first, await app.Client.GetStringAsync("/?q=" + Uri.EscapeDataString("绿源 有限公司")));
        Assert.Null((await app.GetJson($"/v1/certificates?q={Uri.EscapeDataString("女装、绿源")}&level=three-star&status=cancelled"))["didYouMean"]);
        Assert.Null((await Search("没有这样的公司"))["didYouMean"]);
        Assert.Null((await Search("2026/ 9977"))["didYouMean"]); // nor the parts of a number
        // With the spaces it would be longer than a search takes, or have more words.
        foreach (var most in (string[])[string.Concat(Enumerable.Repeat("绿源公司", 50)), string.Join('、', Enumerable.Repeat("绿源", 40))])
            Assert.Null((await Search(most))["didYouMean"]);
        Assert.Null((await Search("没有这样的名称"))["didYouMean"]);
        Assert.Null((await Search("zzz99999"))["didYouMean"]);
    }

    [Fact]
    public async Task A_slip_in_an_id_without_any_digit_is_asked_about()
    {
        using var fresh = new RegistryApp();
        var id = await fresh.Database.WriteAsync(transaction =>
        {
            // About one in a hundred and thirty.
            for (var i = 1; ; i++)
                if (Publisher.Issue(transaction, RegistryApp.Body, Certificates.Samples.Content with { Number = $"D-{i}" }).Id is var made && !made.Any(char.IsAsciiDigit)) return made;
        });
        var answer = await fresh.GetJson($"/v1/certificates?q={id[..6]}{(id[6] == 'W' ? 'X' : 'W')}{id[7..]}");
        Assert.Contains(id, answer["didYouMean"]!.AsArray().Select(slip => (string)slip!["text"]!));
    }

    [Fact]
    public async Task What_is_exactly_meant_comes_first_whatever_its_age_and_pages_go_on_behind_it()
    {
        using var fresh = new RegistryApp();
        foreach (var (number, name) in ((string, string)[])[("E-1", "云帆电器"), ("E-2", "新云帆电器厂"), ("E-3", "云帆电器"), ("E-4", "云帆电器（青岛）"), ("E-5", "大云帆电器")])
            await fresh.Issue(number, draft => draft["holder"]!["name"] = name);
        foreach (var (limit, exact) in ((int, string)[])[(1, "云帆电器"), (2, "雲帆電器"), (100, "云帆 电器")])
        {
            var seen = new List<string>();
            for (string? cursor = ""; cursor is not null;)
            {
                var page = await fresh.GetJson($"/v1/certificates?q={Uri.EscapeDataString(exact)}&limit={limit}" + (cursor == "" ? "" : "&cursor=" + cursor));
                seen.AddRange(page["items"]!.AsArray().Select(item => (string)item!["number"]!));
                if (cursor == "") Assert.Equal(5, (int)page["total"]!["value"]!);
                cursor = (string?)page["next"];
            }
            Assert.Equal("E-3 E-1 E-5 E-4 E-2", string.Join(' ', seen));
        }
    }

    [Theory]
    [InlineData("海尔", "海尔曼斯 青岛海尔")]
    [InlineData("青岛", "青岛海尔 中国北方")]
    [InlineData("haie", "海尔曼斯 青岛海尔")]
    [InlineData("he", "海尔曼斯 青岛海尔")]
    [InlineData("nord", "Nord")]
    [InlineData("鴻運", "臺灣鴻運")]
    [InlineData("照明", "")]
    [InlineData("", "")]
    [InlineData("（）", "")]
    public async Task Names_are_suggested_while_typing(string q, string expected)
    {
        var answer = await app.GetJson("/v1/suggest?q=" + Uri.EscapeDataString(q));
        Assert.Equal(Sorted(expected), Names(answer));
        Assert.Null(answer["incomplete"]);
    }

    [Fact]
    public async Task Suggestions_are_few_and_each_name_stands_once_those_that_begin_so_first()
    {
        using var fresh = new RegistryApp();
        for (var i = 0; i < 30; i++) await fresh.Issue($"S-{i}", draft => draft["holder"]!["name"] = i % 2 == 0 ? "云帆电器" : $"新云帆{i}");
        var names = (await fresh.GetJson("/v1/suggest?q=" + Uri.EscapeDataString("云帆")))["items"]!.AsArray().Select(item => (string)item!["name"]!).ToArray();
        Assert.Equal(["云帆电器", "新云帆29", "新云帆27", "新云帆25", "新云帆23", "新云帆21", "新云帆19", "新云帆17", "新云帆15", "新云帆13"], names);
    }

    private static readonly string[] hostile =
    [
        "\"", "\"\"", "'", "*", "海*", "\"海\"*", "^海", "海 AND 尔", "海 OR 尔", "NOT 海", "NEAR(海 尔, 2)", "search:海", "terms : 海", "{terms}:海", "- 海", "海 + 尔", "(", ")", "(((", "海) OR (1=1", "; DROP TABLE certificate; --",
        "%", "_", "\\", "\\u0000", "\0", "海\0尔", "\u0001\u001F\u007F", "\r\n", "\t", "\u200B", "\u202E海", "\uFEFF", "😀", "👨‍👩‍👧‍👦", "🇨🇳", "\u0301", "e\u0301", "\uE001a", "·he", "·26", "·r37", "ﬀ", "㍿", "ǆ", "İ", "ß", "ﷺ", "a·b",
        new string('a', 200), new string('海', 200), new string('"', 200), new string('v', 40), string.Concat(Enumerable.Repeat("an", 20)), string.Concat(Enumerable.Repeat("a", 40)), string.Join(' ', Enumerable.Repeat("海", 200)), new string('x', 10_000), new string('海', 3_000),
        string.Join(' ', Enumerable.Range(0, 12).Select(i => $"w{i}")), string.Join(' ', Enumerable.Range(0, 200)), "1e999", "-9223372036854775809", "NULL", "undefined", "${7*7}", "<script>alert(1)</script>", "../../etc/passwd",
    ];

    [Fact]
    public async Task No_query_fails_or_reaches_the_syntax_of_the_index()
    {
        foreach (var q in hostile)
            foreach (var path in (string[])["/v1/certificates?q=", "/v1/certificates?holder=", "/v1/certificates?scope=", "/v1/certificates?number=", "/v1/certificates?uscc=", "/v1/certificates?body=", "/v1/certificates?level=", "/v1/certificates?q=海&cursor=", "/v1/suggest?q=", "/v1/categories?q=", "/v1/regions?q=", "/v1/bodies?q=", "/?q="])
            {
                using var answer = await app.Send("GET", path + Uri.EscapeDataString(q));
                Assert.True(answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.UnprocessableEntity, $"{path} {(int)answer.StatusCode} {q[..Math.Min(40, q.Length)]}");
                if (answer.IsSuccessStatusCode && path == "/v1/certificates?q=") Assert.Null(JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["incomplete"]);
            }
    }

    [Theory]
    [InlineData("%ED%A0%80")]
    [InlineData("%ED%BF%BF%ED%A0%80")]
    [InlineData("%C0%80")]
    [InlineData("%FF%FE")]
    [InlineData("%E6%B5")]
    [InlineData("%")]
    [InlineData("%zz")]
    [InlineData("%00")]
    public async Task Bytes_that_are_no_text_are_no_error_of_the_server(string raw)
    {
        foreach (var path in (string[])["/v1/certificates?q=", "/v1/certificates?number=", "/v1/suggest?q=", "/?q="])
        {
            // As the bytes arrive: a client would mend them.
            var answer = await app.Server.SendAsync(context => (context.Request.Method, context.Request.Path, context.Request.QueryString) = ("GET", path.Split('?')[0], new("?" + path.Split('?')[1] + raw)));
            Assert.True(answer.Response.StatusCode is 200 or 422, $"{path}{raw} {answer.Response.StatusCode}");
        }
    }

    [Fact]
    public async Task Operators_are_words_like_others()
    {
        Assert.Equal("", Names(await Search("海尔 OR 电器")));
        Assert.Equal("海尔曼斯 青岛海尔", Names(await Search("\"海尔\"*")));
        Assert.Equal("", Names(await Search("NOT 海尔")));
        Assert.Equal("", Names(await Search("·26")));
    }

    /// <summary>Whatever the index is asked, the answer is what a look at every row gives.</summary>
    [Fact]
    public async Task The_index_finds_what_looking_at_every_row_finds()
    {
        using var fresh = new RegistryApp();
        var random = new Random(20261124);
        const string letters = "云帆海尔电器科技青岛ab1";
        string Text(int least, int most) => string.Concat(Enumerable.Range(0, random.Next(least, most)).Select(_ => letters[random.Next(letters.Length)]));
        var texts = Enumerable.Range(0, 1500).Select(_ => (Name: Text(2, 9) + "有限公司", Scope: Text(1, 12) + "售后")).ToArray();
        await fresh.Database.WriteAsync(transaction =>
        {
            for (var i = 0; i < texts.Length; i++)
                Publisher.Issue(transaction, RegistryApp.Body, new() { Number = $"证{i}", Holder = new() { Name = texts[i].Name }, Category = 1 + i % 3, Scope = texts[i].Scope, IssuedOn = new(2026, 1, 1), ExpiresOn = new(2027, 1, 1) });
            return 0;
        });
        for (var n = 0; n < 300; n++)
        {
            var words = Enumerable.Range(0, random.Next(1, 3)).Select(_ => random.Next(8) == 0 ? "有限公司" : Text(1, 5)).ToArray();
            int? category = random.Next(3) == 0 ? random.Next(1, 4) : null;
            var query = SearchQuery.Parse(name => name == "q" ? string.Join(' ', words) : name == "category" ? category?.ToString() : null);
            var expected = texts.Select((text, i) => (text, i)).Where(t => (category is null || 1 + t.i % 3 == category) && query.Words.All(word => t.text.Name.Contains(word.Text) || t.text.Scope.Contains(word.Text) || word.Spells(t.text.Name)))
                .Select(t => $"证{t.i}").Reverse();
            var found = fresh.Database.Read(db => CertificateSearch.Hits(db, fresh.Index, query, new(2026, 6, 15)).Select(hit => hit.Row.Number).ToArray());
            Assert.Equal(expected.Order(StringComparer.Ordinal), found.Order(StringComparer.Ordinal));
            // A name that is exactly the query would stand first; none is.
            Assert.Equal(expected, found);
        }
    }

    [Fact]
    public async Task A_search_that_is_stopped_says_where_and_goes_on_from_there()
    {
        using var fresh = new RegistryApp();
        await fresh.Database.WriteAsync(transaction =>
        {
            for (var i = 0; i < 2500; i++)
                Publisher.Issue(transaction, RegistryApp.Body, new() { Number = $"N{i}", Holder = new() { Name = "云帆电器有限公司" }, Category = 1, Scope = "演示", IssuedOn = new(2026, 1, 1), ExpiresOn = new(2027, 1, 1) });
            return 0;
        });
        foreach (var q in (string[])["帆电", "公司", "演示 云帆电", "n", "yunfan", "帆器"])
        {
            var query = SearchQuery.Parse(name => name == "q" ? q : name == "limit" ? "100" : null);
            var seen = new List<long>();
            for (Cursor? cursor = null; ;)
            {
                // No time at all: each page still looks at some rows.
                var (seqs, next) = fresh.Database.Read(db => CertificateSearch.Page(db, fresh.Index, query with { Cursor = cursor }, new(2026, 6, 15), TimeSpan.Zero));
                seen.AddRange(seqs);
                if (next is null) break;
                cursor = next;
            }
            Assert.Equal(q == "帆器" ? 0 : 2500, seen.Count);
            Assert.Equal(seen.OrderDescending().Distinct(), seen);
        }
    }

    [Fact]
    public void Characters_have_their_readings_and_forms()
    {
        Assert.Equal("chong zhong", string.Join(' ', Characters.Readings('重').ToArray().Order()));
        Assert.Equal("lv", Characters.Readings('绿').ToArray().Single(reading => reading.StartsWith("lv", StringComparison.Ordinal)));
        Assert.True(Characters.Readings('a').IsEmpty && Characters.Readings('\uD842').IsEmpty && Characters.Readings('㐀').Length > 0);
        Assert.Equal("台湾鸿运电器发a", Characters.Simplify("臺灣鴻運電器髮a"));
        Assert.Contains('海', Characters.Of("hai"));
        foreach (var (letters, spellings) in ((string, string)[])[("xian", "xian, xi an"), ("haie", "hai e"), ("heshi", "he shi"), ("hesh", "he sh"), ("zhg", ""), ("fangan", "fang an, fan gan")])
            Assert.Equal(spellings, string.Join(", ", Word.Split(letters)[0].Spellings.Select(s => string.Join(' ', s))));
    }
}
