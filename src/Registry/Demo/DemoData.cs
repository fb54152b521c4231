using Registry.Certificates;
using Registry.Statements;


namespace Registry.Demo;

/// <summary>
/// About 5,000 invented certificates, their later acts and some marks, told through the path every statement takes, in the order and at
/// the instants a registry of three and a half years would have recorded them. The same seed gives the same data.
/// </summary>
public sealed class DemoData
{
    private const int Holders = 3300;
    private static readonly string[] brands =
    [
        "青屿", "云帆", "松砚", "禾岚", "星槎", "澄野", "木犀", "霁川", "南烛", "白榆",
        "远岫", "晴柚", "朔方舟", "鹭汀", "岚桥", "拾光里", "椿禾", "麓原", "绮石", "望舒原",
    ];
    private static readonly string[] trades =
    [
        "电器", "家具", "厨卫", "暖通", "电梯", "照明", "机电设备", "办公设备",
        "净水科技", "智能家居", "安防技术", "医疗器械", "新能源", "服饰", "建材",
    ];
    private static readonly string[] scopes =
    [
        "家用电器的销售、安装与售后服务", "办公家具的配送、安装与维修服务", "中央空调的安装、保养与售后服务",
        "电梯的维护保养与应急处置", "净水设备的安装与滤芯更换服务", "智能门锁的安装与售后服务",
    ];

    /// <summary>What becomes of a certificate: of twelve in seventeen nothing.</summary>
    private static readonly Act?[] fates =
        [.. Enumerable.Repeat<Act?>(null, 12), Act.Suspend, Act.Restore, Act.Revoke, Act.Cancel, Act.Correct];

    private readonly Random random = new(27922);
    private readonly PriorityQueue<Func<Transaction, string?>, (DateTimeOffset At, int Order)> events = new();
    private readonly string[] regions = [.. Catalogue.Regions.Values.Where(r => r.Level == "county").Select(r => r.Code)
        .GroupBy(code => code[..2]).SelectMany(group => group.Take(3)).Order(StringComparer.Ordinal)];
    private readonly DateTimeOffset now;
    private int order;

    private DemoData(DateTimeOffset now) => this.now = now;

    public static readonly (string Number, string Name, string NameEn)[] Bodies =
    [
        ("CNCA-R-2099-901", "示例认证有限公司（虚构）", "Example Certification (fictional)"),
        ("CNCA-R-2099-902", "演示质量认证中心（虚构）", "Demo Quality Certification Centre (fictional)"),
        ("CNCA-R-2099-903", "样本服务认证有限公司（虚构）", "Sample Service Certification (fictional)"),
        ("CNCA-RF-2099-11", "范例国际认证有限公司（虚构）", "Specimen International Certification (fictional)"),
    ];

    /// <summary>Records everything; bodies must not be admitted yet.</summary>
    /// <param name="database">Where.</param>
    /// <param name="now">The present.</param>
    /// <param name="holders">How many holders, of one or two certificates most of them.</param>
    /// <param name="withSpecimens">States <see cref="Specimens"/> first. Only in a log of their own key: their ids follow from it.</param>
    public static async Task Load(Database database, DateTimeOffset now, int holders = Holders, bool withSpecimens = false)
    {
        var data = new DemoData(now);
        data.Plan(holders, withSpecimens);
        while (data.events.Count > 0)
            await database.WriteAsync(transaction =>
            {
                for (var i = 0; i < 500 && data.events.TryDequeue(out var act, out var when); i++) act(transaction with { Now = when.At });
                return 0;
            });
    }

    private void At(DateTimeOffset at, Func<Transaction, string?> act) => events.Enqueue(act, (at < now ? at : now, order++));

    private void Plan(int holders, bool withSpecimens)
    {
        var begin = now.AddDays(-1290);
        foreach (var (number, name, nameEn) in Bodies)
            At(Specimens.Begin, t => Publisher.Admit(t, new Admit { Body = number, Name = name, NameEn = nameEn }).Id);
        if (withSpecimens)
            foreach (var (at, act) in Specimens.Statements()) At(at, act);
        for (var i = 0; i < holders; i++)
        {
            var holder = Holder(i);
            var certificates = 1 + (i % 3 == 0 ? 1 : 0) + (i % 9 == 0 ? 1 : 0);
            for (var c = 0; c < certificates; c++)
            {
                var at = begin.AddDays(random.Next(1, 1289)).AddMinutes(random.Next(60, 600));
                PlanCertificate(i, c, holder, at);
            }
        }
    }

    private Holder Holder(int i)
    {
        var region = regions[i % regions.Length];
        var brand = brands[random.Next(brands.Length)] + brands[random.Next(brands.Length)][..1];
        var place = Catalogue.Regions[region[..2] + "0000"].Name.Replace("省", "").Replace("市", "").Replace("自治区", "");
        var first17 = "91" + region + "MA" + Base31(27922L * 10_000 + i, 7);
        var trade = trades[random.Next(trades.Length)];
        var (before, after) = (i % 4 == 0 ? place : "", i % 4 == 1 ? $"（{place}）" : "");
        return new()
        {
            Name = $"{before}{brand}{trade}{after}{(i % 7 == 0 ? "股份" : "")}有限公司",
            NameEn = i % 5 == 0 ? $"Demo Holder {i} Co., Ltd." : null,
            Uscc = i % 29 == 0 ? null : first17 + SocialCreditCode.Check(first17),
            Region = region,
            Address = $"演示路 {1 + i % 400} 号",
        };
    }

    private void PlanCertificate(int i, int c, Holder holder, DateTimeOffset at)
    {
        var body = Bodies[(i + c) % Bodies.Length].Number;
        var category = c == 0 && i % 6 != 0 ? 26 : 1 + (i * 7 + c * 5) % 28;
        // Some bodies told the registry late: certificates issued up to two years before, some of which have expired since.
        var issued = Day.Of(at).AddDays(i % 5 == 0 ? -random.Next(0, 700) : 0);
        var ahead = i % 97 == 0 && c == 0;
        if (ahead) (at, issued) = (now.AddDays(-3), Day.Of(now).AddDays(20 + i % 60));
        var scheme = Catalogue.SchemeOf(category, issued);
        var content = new CertificateContent
        {
            Number = Number(i, c, issued),
            Holder = holder,
            Category = category,
            Standard = scheme.Standard,
            Level = scheme.Levels.Length == 0 ? null : scheme.Levels[random.Next(scheme.Levels.Length)].Code,
            Scope = $"{scopes[random.Next(scopes.Length)]}（演示数据）",
            IssuedOn = issued,
            FirstIssuedOn = issued,
            ExpiresOn = issued.AddYears(3).AddDays(-1),
        };
        string? id = null;
        At(at, t => id = Publisher.Issue(t, body, content).Id);
        if (ahead) return;

        if (i < 40 && c == 0 && category == 26)
        {
            var placement = (Placement)(i % 4);
            IssueMark Mark() => new()
            {
                Body = body,
                Certificate = id!,
                Placement = placement,
                Text = $"{holder.Name} {placement.Name().Zh}（演示）",
                Gtin = placement == Placement.Packaging ? Gtin(i) : null,
                Nonce = $"{i:x16}",
            };
            At(at.AddHours(1), t => Publisher.IssueMark(t, Mark()).Id);
        }
        var fate = fates[(i * 5 + c) % fates.Length];
        var then = at.AddDays(random.Next(30, 500));
        if (fate is { } act && then < now) Fate(act, body, () => id!, content, then, i);
        var isOld = issued < Day.Of(now).AddYears(-1);
        if (i % 11 == 0 && fate is null && isOld) Renew(body, () => id!, content, at.AddDays(330 + i % 60), i, c);
    }

    /// <summary>What becomes of a certificate, whenever it is still possible on that day.</summary>
    private void Fate(Act act, string body, Func<string> id, CertificateContent content, DateTimeOffset at, int i)
    {
        var day = Day.Of(at);
        if (day > content.ExpiresOn) return;
        switch (act)
        {
            case Act.Suspend:
                Suspend(90, Reason.SurveillanceRefused);
                break;
            case Act.Restore:
                Suspend(60, Reason.Nonconformity);
                var restored = day.AddDays(40);
                if (restored <= content.ExpiresOn && at.AddDays(40) < now)
                    Amend(at.AddDays(40), () => new Restore { Body = body, Certificate = id(), EffectiveOn = restored });
                break;
            case Act.Revoke:
                // Every fourth is recorded a month after it took effect: both days show.
                var effect = i % 4 == 0 && day.AddDays(-30) > content.IssuedOn ? day.AddDays(-30) : day;
                var reason = i % 2 == 0 ? Reason.Misuse : Reason.Nonconformity;
                Amend(at, () => new Revoke { Body = body, Certificate = id(), EffectiveOn = effect, Reason = reason });
                break;
            case Act.Cancel:
                Amend(at, () => new Cancel { Body = body, Certificate = id(), EffectiveOn = day, Reason = Reason.HolderRequest });
                break;
            case Act.Correct:
                var moved = content with { Holder = content.Holder with { Address = "演示路 新址 1 号" }, SurveyedOn = day };
                Amend(at, () => new Correct { Body = body, Certificate = id(), EffectiveOn = day, Content = moved });
                break;
        }

        void Suspend(int days, Reason reason) => Amend(at, () =>
            new Suspend { Body = body, Certificate = id(), EffectiveOn = day, Until = day.AddDays(days), Reason = reason });
    }

    private void Amend(DateTimeOffset at, Func<Amendment> act) => At(at, t => Publisher.Amend(t, act()).Id);

    /// <summary>换证: a successor is issued and the predecessor revoked as replaced.</summary>
    private void Renew(string body, Func<string> id, CertificateContent content, DateTimeOffset at, int i, int c)
    {
        var day = Day.Of(at);
        if (at >= now || day > content.ExpiresOn) return;
        var successor = content with { Number = Number(i, c + 5, day), IssuedOn = day, ExpiresOn = day.AddYears(3).AddDays(-1) };
        At(at, t => Publisher.Issue(t, body, successor with { Replaces = id() }).Id);
        Amend(at.AddMinutes(1), () => new Revoke { Body = body, Certificate = id(), EffectiveOn = day, Reason = Reason.Replaced });
    }

    /// <summary>The shapes of numbers that real bodies use.</summary>
    private static string Number(int i, int c, DateOnly issued) => (i % 6) switch
    {
        0 => $"901{issued.Year % 100:00}E{i:00000}R{c}L/3502",
        1 => $"902{issued.Year % 100:00}Q{i:00000}R{c}S",
        2 => $"DEM{issued.Year % 100:00}S{i:00000}R{c}M",
        3 => $"901{issued.Year % 100:00}ISMS{i:0000}R{c}S",
        4 => $"D{c}_{i:000000000}SHA-001",
        _ => $"903{issued.Year % 100:00}E{i:00000}-0{c}R0S",
    };

    /// <summary>A product code that GS1 keeps for demonstrations (prefix 952).</summary>
    private static string Gtin(int i)
    {
        var first = $"0952{i:000000000}";
        return first + Marks.Gtin.CheckDigitOf(first);
    }

    private static string Base31(long value, int length)
    {
        var text = new char[length];
        for (var i = length - 1; i >= 0; i--, value /= 31) text[i] = SocialCreditCode.Alphabet[(int)(value % 31)];
        return new string(text);
    }
}
