using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using Registry.Certificates;

namespace Registry.Benchmarks;

/// <summary>One invented certificate as a body would send it: the members of a line that <c>registry import file.ndjson</c> takes.</summary>
public sealed record GeneratedCertificate
{
    /// <summary>Approval number of the body whose file it belongs in.</summary>
    public required string Body { get; init; }
    public required string Number { get; init; }
    public required Holder Holder { get; init; }
    public required int Category { get; init; }
    public string? Level { get; init; }
    public decimal? Score { get; init; }
    public required string Scope { get; init; }
    public string[] Sites { get; init; } = [];
    public required DateOnly IssuedOn { get; init; }
    public DateOnly? FirstIssuedOn { get; init; }
    public required DateOnly ExpiresOn { get; init; }
    public DateOnly? SurveyedOn { get; init; }
    /// <summary>Suspended, revoked or cancelled; the other statuses follow from the dates.</summary>
    public Status? Ended { get; init; }
    public DateOnly? StatusOn { get; init; }
    public DateOnly? Until { get; init; }
    public Reason? Reason { get; init; }
}

/// <summary>
/// Invented certificates with the skew of real ones. Row <c>i</c> depends on the seed and <c>i</c> alone: a smaller set is the beginning of a larger one,
/// nothing is kept in memory, and any row can be made again by itself. Dates are relative to a fixed day, so that the same seed gives the same
/// bytes in any year; imported later, some that were valid have expired, as they would.
/// </summary>
public sealed class Generator(long seed)
{
    /// <summary>The day the data is of.</summary>
    public static readonly DateOnly Day = new(2026, 11, 1);

    /// <summary>Of every hundred rows this many bring a new holder; the rest go to one that is there, some to many times the average.</summary>
    private const int NewHolders = 45;

    /// <summary>Fictional bodies with their share of the certificates in thousandths: two large ones, a long tail.</summary>
    public static readonly (string Number, string Name, int Share)[] Bodies =
    [
        ("CNCA-R-2099-901", "示例认证有限公司（虚构）", 240), ("CNCA-R-2099-902", "演示质量认证中心（虚构）", 190), ("CNCA-R-2099-903", "样本服务认证有限公司（虚构）", 140),
        ("CNCA-RF-2099-11", "范例国际认证有限公司（虚构）", 110), ("CNCA-R-2099-904", "样张检验认证集团（虚构）", 90), ("CNCA-R-2099-905", "虚构标准评价有限公司", 70),
        ("CNCA-R-2099-906", "例证管理体系评审有限公司（虚构）", 55), ("CNCA-R-2099-907", "假想服务评价中心（虚构）", 40), ("CNCA-R-2099-908", "试样认证有限公司（虚构）", 30),
        ("CNCA-R-2099-909", "摹本认证有限公司（虚构）", 20), ("CNCA-R-2099-910", "拟题认证有限公司（虚构）", 10), ("CNCA-R-2099-911", "空白认证有限公司（虚构）", 5),
    ];

    /// <summary>Shares of the categories in ten-thousandths: the three common systems hold most, the last are rare (20 is the rarest).</summary>
    private static readonly (int No, int Share)[] categories =
    [
        (1, 3300), (2, 1700), (3, 1600), (26, 1300), (24, 420), (4, 300), (6, 250), (15, 220), (11, 160), (12, 150), (23, 130), (8, 110), (7, 80), (16, 60), (27, 50), (25, 40), (10, 35), (13, 25), (19, 20),
        (28, 15), (14, 10), (17, 8), (21, 6), (22, 4), (5, 3), (18, 2), (9, 1), (20, 1),
    ];

    private static readonly (string Text, int Share)[] suffixes =
    [
        ("有限公司", 720), ("有限责任公司", 85), ("股份有限公司", 70), ("集团有限公司", 30), ("厂", 22), ("经营部", 18), ("商行", 12), ("集团股份有限公司", 9), ("专业合作社", 12), ("有限公司分公司", 10), ("工作室", 5), ("研究院", 4), ("中心", 3),
    ];

    private static readonly (string Text, int Share)[] trades =
    [
        ("科技", 150), ("电器", 60), ("贸易", 60), ("机械", 50), ("建设工程", 45), ("电子", 45), ("实业", 40), ("食品", 35), ("物业管理", 32), ("机电设备", 30), ("环保科技", 28), ("信息技术", 28), ("家具", 25), ("装饰工程", 24), ("电子科技", 24),
        ("新能源科技", 22), ("医疗器械", 22), ("智能科技", 22), ("网络科技", 20), ("汽车配件", 18), ("建筑材料", 18), ("化工", 16), ("塑料制品", 16), ("包装材料", 14), ("纺织", 14), ("服饰", 14), ("电梯", 12), ("照明", 12), ("暖通设备", 12), ("厨卫电器", 10),
        ("净水科技", 10), ("安防技术", 10), ("仪器仪表", 10), ("阀门", 9), ("电力设备", 9), ("餐饮管理", 9), ("物流", 9), ("农业发展", 9), ("茶业", 7), ("生物科技", 7), ("制药", 6), ("五金制品", 6), ("玻璃", 5), ("陶瓷", 5), ("造纸", 4), ("酒业", 4), ("钢结构", 4),
        ("园林绿化", 4), ("清洁服务", 4), ("消防工程", 4), ("水产", 3), ("饲料", 3), ("乐器", 2), ("眼镜", 2), ("钟表", 2), ("自行车", 2), ("船舶", 2), ("航空器材", 1), ("殡葬用品", 1), ("古籍修复", 1),
    ];

    /// <summary>Characters brands are made of, the common first: drawn with a skew, so that 华 and 鑫 are everywhere and the last are not.</summary>
    private const string BrandCharacters =
        "华鑫盛达中天金宏恒博安信远泰瑞康德隆兴通联创佳美新海力诚润正源丰凯伟明东方长江山南北星光城龙腾飞科普汇亚欧威尔顺和聚众合益民生利大成茂富荣昌永久元亨贞吉祥云帆青松禾岚澄野木犀川白榆远岫柚朔舟鹭汀桥拾里椿麓绮石望舒原砚槎屿"
        + "优格艾莱克斯特罗曼蒂雅诺迪欣怡宝丽雪玉兰梅竹菊春夏秋冬晨曦晓阳月辰宇宙航翔鹏鸿鹤燕莺凤麒麟虎豹骏驰捷迅敏慧智睿哲思维想梦圆融贯穿越超卓冠首领先锋尖端顶峰岭峻峰岩磊垒基坚固牢实厚积薄发展拓开启辟创造建筑匠工艺巧精细致臻善至"
        + "淳朴素雅洁净清泉溪涧湖泊洋涛波浪潮汐润泽沛霖霁霞虹霓雯霏露霜冰凌寒暖温馨香馥郁芬芳菲茵萱苓芷蘅荷莲藕菱芦苇蒲葵薇蔷桑梓桐柏桦杉枫槐柳杨樟楠檀桂栗枣杏桃李橘橙柠檬榄棕榈椰蕉藤蔓";

    /// <summary>Characters that fonts and cutters stumble over: rare, traditional, compatibility, and outside the basic plane (two UTF-16 units each).</summary>
    private static readonly string[] rareCharacters = ["龘", "犇", "垚", "淼", "焱", "骉", "赟", "頔", "翀", "玥", "祎", "喆", "堃", "甯", "鋆", "燊", "㵘", "㸚", "䶮", "㛃", "𠮷", "𣲗", "𬭚", "𡒄", "𬬻", "﨑"];

    private static readonly string[] latinBrands =
        ["Noveo", "ZENTA", "Lumira", "K-Tec", "Auralink", "Bestar", "Qinova", "H3D", "MOVA8", "Vireo", "Solenx", "DAYU", "Xeron", "Fabrixo", "O2Plus", "Nordlys", "TRIVO", "Kibo", "Ecolane", "Wavelet", "3C+", "Ünala", "Élan", "ＡＢＸ"];

    private static readonly string[] activities = ["销售", "安装", "维修", "设计", "生产", "研发", "售后服务", "技术服务", "运输", "仓储", "保养", "检测", "租赁", "加工", "施工", "咨询", "回收", "配送"];
    private static readonly string[] roads = ["演示路", "样本大道", "示例街", "虚构巷", "范例工业园", "试样科技园"];

    /// <summary>Where holders sit: counties with the weight of their province, because companies are not spread like counties.</summary>
    private static readonly (string Text, int Share)[] places =
        [.. Catalogue.Regions.Values.Where(region => region.Level == "county").Select(region => (region.Code, ProvinceShare(region.Code[..2]) / Catalogue.Regions.Values.Count(r => r.Level == "county" && r.Code.StartsWith(region.Code[..2], StringComparison.Ordinal)) + 1))];

    private static int ProvinceShare(string province) => province switch { "44" => 140_000, "32" => 120_000, "33" => 110_000, "37" => 95_000, "31" => 60_000, "11" => 60_000, "35" => 45_000, "41" => 45_000, "42" => 40_000, "51" => 40_000, "34" => 35_000, "13" => 35_000, "54" or "63" or "64" => 2_000, _ => 15_000 };

    private static readonly Picker<string> placePicker = new(places), tradePicker = new(trades), suffixPicker = new(suffixes);
    private static readonly Picker<int> categoryPicker = new([.. categories]);
    private static readonly Picker<(string Number, string Name)> bodyPicker = new([.. Bodies.Select(b => ((b.Number, b.Name), b.Share))]);
    private static readonly Rune[] brandRunes = [.. BrandCharacters.EnumerateRunes()];

    /// <summary>How many holders the rows before <paramref name="i"/> and it have brought.</summary>
    private static long Holders(long i) => i * NewHolders / 100 + 1;

    private static decimal Least(ServiceLevel level) => level.MinimumScore!.Value;

    /// <summary>Row <paramref name="i"/>, from 0.</summary>
    public GeneratedCertificate Row(long i)
    {
        var random = new Draw(seed, 1, i);
        var (holders, fresh) = (Holders(i), i == 0 || Holders(i) > Holders(i - 1));
        var h = fresh ? holders - 1 : Math.Min(holders - 1, (long)(holders * Math.Pow(random.Unit(), 1.5)));
        var (holder, trade) = HolderOf(h);
        var category = categoryPicker.Pick(ref random);
        var body = bodyPicker.Pick(ref random);
        var levels = Catalogue.SchemeOf(category, DateOnly.MaxValue).Levels;
        var rank = levels.Length == 0 ? 0 : Math.Min(levels.Length - 1, random.Below(100) switch { < 8 => 0, < 22 => 1, < 45 => 2, _ => 3 });
        var level = levels.Length == 0 ? null : levels[rank];
        // A body states the score; it is checked against the level and dropped.
        decimal? score = level is null ? null : Math.Min(100, Least(level) + random.Below(rank == levels.Length - 1 ? 500 : (int)(100 * (Least(levels[Math.Min(rank + 1, levels.Length - 1)]) - Least(level)))) / 100m);

        var fate = random.Below(1000);
        Status? ended = fate switch { < 40 => Status.Suspended, < 110 => Status.Revoked, < 160 => Status.Cancelled, _ => null };
        // In force before its time for 12, expired for about 230, the others within their three years. Only what is far from its end is suspended, so that it still can be when imported.
        var age = fate switch { < 40 => random.Between(30, 360), < 160 => random.Between(60, 1500), < 172 => -random.Between(20, 250), < 400 => random.Between(1100, 2500), _ => random.Between(1, 1090) };
        var issued = Day.AddDays(-age);
        var expires = issued.AddYears(3).AddDays(-1);
        DateOnly? statusOn = ended is null ? null : issued.AddDays(random.Between(1, Math.Min(age, 1000)));
        return new()
        {
            Body = body.Number,
            Number = Number(i, category, body.Number, issued, ref random),
            Holder = holder,
            Category = category,
            Level = level?.Code,
            Score = score,
            Scope = Scope(trade, ref random),
            Sites = random.Below(20) == 0 ? [.. Enumerable.Range(1, random.Between(1, 4)).Select(n => $"{Catalogue.RegionName(holder.Region!)}分场所{n}号（演示）")] : [],
            IssuedOn = issued,
            FirstIssuedOn = random.Below(3) == 0 ? issued.AddYears(-3 * random.Between(1, 3)) : issued,
            ExpiresOn = expires,
            SurveyedOn = age > 400 && random.Below(3) > 0 ? issued.AddDays(random.Between(330, 370)) : null,
            Ended = ended,
            StatusOn = statusOn,
            Until = ended == Status.Suspended ? statusOn!.Value.AddDays(random.Between(30, 180)) : null,
            Reason = ended switch { Status.Suspended => random.Below(2) == 0 ? Certificates.Reason.SurveillanceRefused : Certificates.Reason.Nonconformity, Status.Revoked => random.Below(3) == 0 ? Certificates.Reason.Misuse : Certificates.Reason.Nonconformity, Status.Cancelled => Certificates.Reason.HolderRequest, _ => null },
        };
    }

    /// <summary>A holder and its trade; the same for every certificate it has.</summary>
    private (Holder Holder, string Trade) HolderOf(long h)
    {
        var random = new Draw(seed, 2, h);
        var county = placePicker.Pick(ref random);
        var trade = tradePicker.Pick(ref random);
        var suffix = suffixPicker.Pick(ref random);
        var (kind, latin) = (random.Below(100), latinBrands[random.Below(latinBrands.Length)]);
        var brand = kind switch
        {
            < 5 => latin,
            < 8 => Brand(ref random, 1) + latin,
            < 11 => Brand(ref random, 1) + rareCharacters[random.Below(rareCharacters.Length)],
            < 35 => Brand(ref random, 3),
            < 39 => Brand(ref random, 4),
            _ => Brand(ref random, 2),
        };
        string province = Short(Catalogue.Regions[county[..2] + "0000"].Name), city = Catalogue.Regions.TryGetValue(county[..4] + "00", out var c) && c.Name.EndsWith('市') ? Short(c.Name) : province, own = Short(Catalogue.Regions[county].Name);
        var name = random.Below(100) switch
        {
            < 30 => $"{city}市{brand}{trade}{suffix}",
            < 50 => $"{city}{brand}{trade}{suffix}",
            < 62 => $"{province}{brand}{trade}{suffix}",
            < 72 => $"{brand}（{city}）{trade}{suffix}",
            < 78 => $"{brand}({province}){trade}{suffix}",
            < 86 => $"{province}{city}{own}{brand}{trade}{suffix}",
            _ => $"{brand}{trade}{suffix}",
        };
        var foreign = random.Below(200) == 0;
        var first17 = $"91{county}MA{Base31(h + seed * 7919 % 1_000_003 * 27_000, 7)}";
        return (new()
        {
            Name = foreign ? $"{latin} {new Draw(seed, 3, h).Below(100_000)} GmbH" : name,
            NameEn = foreign || random.Below(100) < 18 ? $"{latin} {City(county, h)} {(random.Below(2) == 0 ? "Technology" : "Trading")} Co., Ltd." : null,
            Uscc = foreign ? null : first17 + SocialCreditCode.Check(first17),
            Region = county,
            Address = $"{Catalogue.RegionName(county)}{roads[random.Below(roads.Length)]}{random.Between(1, 999)}号",
        }, trade);
    }

    private static string Brand(ref Draw random, int length)
    {
        var brand = new StringBuilder(length * 2);
        for (var n = 0; n < length; n++) brand.Append(brandRunes[(int)(brandRunes.Length * Math.Pow(random.Unit(), 2.2))]);
        return brand.ToString();
    }

    private static string Scope(string trade, ref Draw random)
    {
        var goods = random.Below(4) == 0 ? tradePicker.Pick(ref random) : trade;
        int one = random.Below(activities.Length), step = random.Between(1, activities.Length / 2 - 1);
        string Activity(int n) => activities[(one + n * step) % activities.Length];
        var (first, second, third) = (Activity(0), Activity(1), Activity(2));
        return random.Below(5) switch
        {
            0 => $"{trade}产品的{first}和{second}",
            1 => $"资质范围内{goods}的{first}、{second}及相关管理活动",
            2 => $"{trade}、{goods}的{first}、{second}、{third}",
            3 => $"家用电器、{goods}的{first}与{second}（需资质要求的除外）",
            _ => $"与{trade}有关的{first}、{second}所涉及的场所的相关{third}活动",
        };
    }

    /// <summary>The shapes of numbers that real bodies use; the row makes each unique.</summary>
    private static string Number(long i, int category, string body, DateOnly issued, ref Draw random)
    {
        var (own, year, round) = (body[^3..].Trim('-'), issued.Year % 100, random.Below(4));
        return (i % 6) switch
        {
            0 => $"{own}{year:00}E{i:0000000}R{round}L/3502",
            1 => $"{own}{year:00}Q{i:0000000}R{round}S",
            2 => $"BEN{year:00}S{i:0000000}R{round}M",
            3 => $"{own}{year:00}ISMS{i:000000}R{round}S",
            4 => $"R_{category:00}{i:000000000}SHA-001",
            _ => $"{own}{year:00}E{i:0000000}-0{round}R0S",
        };
    }

    private static string Short(string region)
    {
        foreach (var ending in (string[])["特别行政区", "维吾尔自治区", "壮族自治区", "回族自治区", "自治区", "省", "市", "区", "县"])
            if (region.Length > ending.Length + 1 && region.EndsWith(ending, StringComparison.Ordinal)) return region[..^ending.Length];
        return region;
    }

    private static string City(string county, long h) => $"{(char)('A' + h % 26)}{county[..4]}";

    private static string Base31(long value, int length)
    {
        Span<char> text = stackalloc char[length];
        for (var n = length - 1; n >= 0; n--, value /= 31) text[n] = SocialCreditCode.Alphabet[(int)(value % 31)];
        return new string(text);
    }

    /// <summary>Numbers drawn from a key: SplitMix64, so that the data does not hang on a version of .NET.</summary>
    public struct Draw(long seed, long stream, long index)
    {
        private ulong state = Mix((ulong)seed * 0x9E3779B97F4A7C15 ^ Mix((ulong)stream << 56 ^ (ulong)index));

        public ulong Next() => Mix(state += 0x9E3779B97F4A7C15);
        public double Unit() => (Next() >> 11) * (1.0 / (1UL << 53));
        public int Below(int bound) => (int)Math.BigMul(Next(), (ulong)bound, out _);
        public int Between(int least, int most) => least + Below(most - least + 1);

        private static ulong Mix(ulong z)
        {
            z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
            z = (z ^ z >> 27) * 0x94D049BB133111EB;
            return z ^ z >> 31;
        }
    }

    /// <summary>Draws values by their share.</summary>
    private sealed class Picker<T>(IReadOnlyList<(T Value, int Share)> of)
    {
        private readonly int[] ends = [.. Ends(of)];

        public T Pick(ref Draw random)
        {
            var at = Array.BinarySearch(ends, random.Below(ends[^1]) + 1);
            return of[at < 0 ? ~at : at].Value;
        }

        private static IEnumerable<int> Ends(IReadOnlyList<(T Value, int Share)> of)
        {
            var sum = 0;
            foreach (var (_, share) in of) yield return sum += share;
        }
    }
}

/// <summary>Writes generated certificates in the two formats an import takes.</summary>
public static class GeneratedFile
{
    private static readonly JsonWriterOptions json = new() { Encoder = JavaScriptEncoder.Create(UnicodeRanges.All), SkipValidation = true };

    public const string CsvHeader = "证书编号,获证组织名称,获证组织英文名称,统一社会信用代码,所在地区,地址,认证项目,认证覆盖的业务范围,服务等级,得分,颁证日期,初次获证日期,证书到期日期,监督日期,证书状态,状态日期,暂停截止日期,原因\r\n";

    /// <summary>Streams the first <paramref name="count"/> rows, or those of them that are of one body.</summary>
    public static void Write(Stream to, Generator generator, long count, bool csv, string? body)
    {
        var buffer = new ArrayBufferWriter<byte>(1 << 20);
        if (csv) buffer.Write(Encoding.UTF8.GetBytes("\uFEFF" + CsvHeader));
        for (var i = 0L; i < count; i++)
        {
            var row = generator.Row(i);
            if (body is null || body == row.Body)
                if (csv) buffer.Write(Encoding.UTF8.GetBytes(Csv(row)));
                else Ndjson(buffer, row);
            if (buffer.WrittenCount < 1 << 19 && i < count - 1) continue;
            to.Write(buffer.WrittenSpan);
            buffer.ResetWrittenCount();
        }
    }

    /// <summary>Writes bodies of requests, one a line, <paramref name="together"/> rows in each, parted by <paramref name="between"/>; a comma makes an array of JSON of them.</summary>
    public static void Write(string file, Generator generator, long from, int count, int together, char between, bool status)
    {
        var buffer = new ArrayBufferWriter<byte>(1 << 20);
        using var stream = File.Create(file);
        for (var i = 0; i < count; i++)
        {
            if (between == ',') buffer.Write("["u8);
            for (var n = 0; n < together; n++)
            {
                if (n > 0) buffer.Write([(byte)between]);
                Json(buffer, generator.Row(from + (long)i * together + n), status);
            }
            buffer.Write(between == ',' ? "]\n"u8 : "\n"u8);
            stream.Write(buffer.WrittenSpan);
            buffer.ResetWrittenCount();
        }
    }

    /// <summary>Rows with their status as one array of JSON.</summary>
    public static byte[] Array(Generator generator, long from, int count)
    {
        var buffer = new ArrayBufferWriter<byte>(1 << 19);
        for (var n = 0; n < count; n++)
        {
            buffer.Write(n == 0 ? "["u8 : ","u8);
            Json(buffer, generator.Row(from + n), status: true);
        }
        buffer.Write("]"u8);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>A line of NDJSON with its line feed.</summary>
    public static void Ndjson(IBufferWriter<byte> to, GeneratedCertificate c)
    {
        Json(to, c, status: true);
        to.Write("\n"u8);
    }

    /// <summary>The draft as JSON; <paramref name="status"/> says whether the stated status goes with it (a single post takes none).</summary>
    private static void Json(IBufferWriter<byte> to, GeneratedCertificate c, bool status)
    {
        using var writer = new Utf8JsonWriter(to, json);
        void Text(string name, string? value) { if (value is not null) writer.WriteString(name, value); }
        void Date(string name, DateOnly? day) => Text(name, day?.ToString("O", CultureInfo.InvariantCulture));
        writer.WriteStartObject();
        writer.WriteString("number", c.Number);
        writer.WriteStartObject("holder");
        Text("name", c.Holder.Name);
        Text("nameEn", c.Holder.NameEn);
        Text("uscc", c.Holder.Uscc);
        Text("region", c.Holder.Region);
        Text("address", c.Holder.Address);
        writer.WriteEndObject();
        writer.WriteNumber("category", c.Category);
        Text("level", c.Level);
        if (c.Score is { } score) writer.WriteNumber("score", score);
        writer.WriteString("scope", c.Scope);
        if (c.Sites.Length > 0)
        {
            writer.WriteStartArray("sites");
            foreach (var site in c.Sites) writer.WriteStringValue(site);
            writer.WriteEndArray();
        }
        Date("issuedOn", c.IssuedOn);
        Date("firstIssuedOn", c.FirstIssuedOn);
        Date("expiresOn", c.ExpiresOn);
        Date("surveyedOn", c.SurveyedOn);
        if (status)
        {
            Text("status", c.Ended?.Word());
            Date("statusOn", c.StatusOn);
            Date("until", c.Until);
            Text("reason", c.Reason?.Word());
        }
        writer.WriteEndObject();
    }

    /// <summary>A record of CSV; it has no column for further sites.</summary>
    public static string Csv(GeneratedCertificate c)
    {
        static string Cell(string? text) => text is null ? "" : text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"")}\"";
        return string.Join(',', Cells(c).Select(Cell)) + "\r\n";
    }

    /// <summary>The cells of a row under <see cref="CsvHeader"/>.</summary>
    public static string?[] Cells(GeneratedCertificate c)
    {
        static string Day(DateOnly? day) => day?.ToString("O", CultureInfo.InvariantCulture) ?? "";
        return [c.Number, c.Holder.Name, c.Holder.NameEn, c.Holder.Uscc, c.Holder.Region, c.Holder.Address, c.Category.ToString(CultureInfo.InvariantCulture), c.Scope, c.Level,
            c.Score?.ToString(CultureInfo.InvariantCulture), Day(c.IssuedOn), Day(c.FirstIssuedOn), Day(c.ExpiresOn), Day(c.SurveyedOn), c.Ended?.Name().Zh, Day(c.StatusOn), Day(c.Until), c.Reason?.Word()];
    }
}
