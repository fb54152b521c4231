using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Registry.Answers;
using Registry.Certificates;
using Registry.Dumps;
using Registry.Http;
using Registry.Ingest;
using Registry.Marks;
using Registry.Programs;
using Registry.Search;
using Registry.Statements;
using Registry.Tables;
using Registry.Tests.Certificates;
using Registry.Tests.DatabaseTests;
using Registry.Tests.Tables;
using Registry.Transparency;
using Registry.Verification;
using Registry.Watching;

namespace Registry.Tests.Properties;

/// <summary>One reader of what comes from outside.</summary>
/// <param name="Name">The method it is or leads to.</param>
/// <param name="Parse">What came of the input, in a word or two.</param>
/// <param name="Refuses">The exceptions that are its documented answer.</param>
/// <param name="Right">What it takes.</param>
public sealed record Parser(string Name, Func<byte[], string> Parse, Type[] Refuses, byte[][] Right)
{
    /// <summary>Where <c>tests/fuzz/run</c> keeps what led to new branches: a line of Base64 an input.</summary>
    public static readonly string CorpusFolder = Path.Combine(ArchitectureTests.Root(), "tests", "fuzz", "corpus");

    /// <summary>Its file there.</summary>
    public string CorpusFile => Path.Combine(CorpusFolder, Name.Replace(' ', '-'));

    /// <summary>What is right, and what led to new branches.</summary>
    public byte[][] Seeds => !File.Exists(CorpusFile) ? Right : [.. Right, .. File.ReadLines(CorpusFile).Select(Convert.FromBase64String)];

    /// <summary>Feeds it: what came of it, in a word or two. Whatever it throws is no answer that it is documented to give.</summary>
    public string Feed(byte[] input)
    {
        try { return Parse(input); }
        catch (Exception error) when (Refuses.Any(type => type.IsInstanceOfType(error)))
        {
            return error is FaultException refused ? string.Join(' ', refused.Faults.Select(fault => fault.Refusal.Code).Distinct().Order()) : error.GetType().Name;
        }
    }
}

/// <summary>Every reader of what comes from outside, with what it takes.</summary>
public static class Parsers
{
    private static Parser Text(string name, Func<string, object?> parse, Type[] refuses, params string[] seeds) =>
        new(name, bytes => Told(parse(Encoding.UTF8.GetString(bytes))), refuses, [.. seeds.Select(Encoding.UTF8.GetBytes)]);

    /// <summary>A body of JSON, read as strictly as the API reads it.</summary>
    private static Parser Body<T>(params string[] seeds) =>
        new($"Json.Parse of {typeof(T).Name}", bytes => Json.Parse<T>(bytes) is null ? "none" : "read", fault, [.. seeds.Select(Encoding.UTF8.GetBytes)]);

    /// <summary>A header of a request.</summary>
    private static Parser Header(string name, string header, Func<HttpContext, object?> parse, params string[] seeds) => Text(name, text =>
    {
        var context = new DefaultHttpContext();
        context.Request.Headers[header] = text;
        return $"{parse(context)}";
    }, fault, seeds);

    private static string Told(object? made) => made is null ? "none" : made as string ?? "read";

    /// <summary>What is written again is what was read.</summary>
    private static string? Same(string? again, string text) => again is null ? null : again == text ? "same" : throw new UnreachableException($"Written again it is {again}.");

    private static readonly Type[] none = [], fault = [typeof(FaultException)], json = [typeof(JsonException)], data = [typeof(InvalidDataException)];

    private static readonly NoteSigner signer = NoteSigner.Create("reg.example/log");
    private static readonly BodySigner body = BodySigner.Es256();
    private static readonly DateTimeOffset now = new(2026, 6, 15, 4, 0, 0, TimeSpan.Zero);
    private static readonly DateOnly today = Day.Of(now);

    private static readonly string note = new Checkpoint("reg.example/log", 7, new byte[32]).Sign(signer).ToString();
    private static readonly string jws = "eyJhbGciOiJFZERTQSIsImtpZCI6IngiLCJ0eXAiOiJzdGF0ZW1lbnQrandzIn0.eyJhY3QiOiJhZG1pdCJ9." + new string('A', 86);
    private static readonly string proof = new InclusionProof("leaf"u8.ToArray(), 3, [new byte[32], new byte[32]], note).ToString();
    private static readonly SignedSums sums = new("reg.example/log", "2026-06-15", 7, "AAAA", [("certificates.db", new string('0', 64)), ("manifest.json", new string('a', 64))]);
    private static readonly string evidence = new Evidence(signer.VerifierKey, "two roots") { Checkpoints = [Note.Parse(note)!], Hashes = [new byte[32]] }.ToString();
    private static readonly string draft = RegistryApp.Draft().ToJsonString();
    private static readonly string statement = "{\"act\":\"issue\",\"body\":\"CNCA-R-2099-901\",\"statedAt\":\"2026-06-15T04:00:00.000Z\",\"certificate\":" + JsonSerializer.Serialize(Samples.Content, Json.Options) + "}";
    private const string Suspension = "{\"act\":\"suspend\",\"body\":\"CNCA-R-2099-901\",\"statedAt\":\"2026-06-15T04:00:00.000Z\",\"certificate\":\"VJ7KC2P67GNS7\",\"effectiveOn\":\"2026-06-15\",\"reason\":\"misuse\"}";
    private const string Signed = "{\"signed\":\"a.b.c\",\"checkpoint\":\"\",\"log\":\"k\",\"proofs\":[\"x\"]}";
    private const string Answered = "{\"id\":\"X\",\"address\":\"https://reg.example/a/X\",\"answeredAt\":\"2026-06-15T04:00:00.000Z\",\"keptUntil\":\"2031-06-15\",\"log\":{\"origin\":\"x\",\"size\":1,\"root\":\"\"},"
        + "\"question\":{\"on\":\"2026-06-15\"},\"coverage\":{\"certificates\":1,\"bodies\":1},\"language\":\"zh\",\"rows\":[],\"statements\":[]}";
    private const string Csv = "证书编号,获证组织名称,认证项目,认证覆盖的业务范围,服务等级,颁证日期\nA-1,\"虚构甲，\"\"演示\"\"\n有限公司\",26,家电售后（演示）,五星,2025-03-01\nA-2,虚构乙（演示）有限公司,26,家电,五星,2025年3月1日\n";
    private const string Pasted = "1. 虚构甲（演示）有限公司 91370200MA3TEST010 00114E22766R2L/3502 五星级 2026-05-01\n虚构乙（演示）有限公司,A-2，四星\nhttps://reg.example/c/VJ7KC2P67GNS7 50万元";
    private const string Asked = "序号,投标人,统一社会信用代码,证书编号,最低等级,开标时间\n1,青屿云帆电器（演示）有限公司,91370200MA3TEST010,00114E22766R2L/3502,四星级,2026-05-01 09:30\n2,虚构乙（演示）有限公司,,A-2,,\n合计,2,,,,\n";
    private const string Form = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\nContent-Type: text/csv\r\n\r\nA-1,x\r\n--x\r\nContent-Disposition: form-data; name=\"on\"\r\n\r\n2026-06-15\r\n--x--\r\n";

    private static readonly byte[] workbook = new Xlsx { Texts = ["<si><t>青屿云帆电器（演示）有限公司</t></si>"] }
        .Sheet("表", Xlsx.Rows(["证书编号", "组织名称"], ["00114E22766R2L/3502", "青屿云帆电器（演示）有限公司"], ["A-1", "甲"])).Bytes();
    private static readonly byte[] oldWorkbook = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Ingest/cases/22c-libreoffice-errors.xls"));
    private static readonly byte[] gb18030 = CodePagesEncodingProvider.Instance.GetEncoding("GB18030")!.GetBytes(Csv);
    private static readonly byte[] utf16 = [.. Encoding.Unicode.GetPreamble(), .. Encoding.Unicode.GetBytes(Csv)];

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static byte[] Packed(string text, Func<Stream, Stream> pack)
    {
        using var packed = new MemoryStream();
        using (var into = pack(packed)) into.Write(Bytes(text));
        return packed.ToArray();
    }

    private static readonly Lazy<string> scratch = new(() => Gone(Directory.CreateTempSubdirectory("registry-fuzz-").FullName));

    /// <summary>A record to read lists by and to search in, of few certificates.</summary>
    private static readonly Lazy<TestDatabase> record = new(() =>
    {
        var made = TestDatabase.Create().GetAwaiter().GetResult();
        foreach (var content in (CertificateContent[])[Samples.Content, Samples.Sparse]) made.Issue(content).GetAwaiter().GetResult();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => made.DisposeAsync().AsTask().GetAwaiter().GetResult();
        return made;
    });

    /// <summary>All of them.</summary>
    public static readonly IReadOnlyList<Parser> All =
    [
        // Of the log: notes, checkpoints, proofs, tiles, statements.
        Text("Note.Parse", text => Note.Parse(text) is { } read ? Same(read.ToString(), text) : null, none, note, proof),
        Text("Note.Parse past broken lines", text => Note.Parse(text, skipBroken: true)?.Signatures.Count.ToString(CultureInfo.InvariantCulture), none, note, note + "— a b c\n"),
        Text("NoteSignature.Parse", text => NoteSignature.Parse(text) is { } read ? Same(read.Line, text) : null, none, note.Split('\n')[^2]),
        Text("VerifierKey.Parse", text => VerifierKey.Parse(text) is { } read ? Same(read.ToString(), text) : null, none, signer.VerifierKey.ToString()),
        Text("NoteSigner.Parse", text => { using var read = NoteSigner.Parse(text); return Same(read.ToString(), text.Trim()); }, data, signer.ToString()),
        Text("Digits.Decode", text => Digits.Decode(text) is { } read ? Same(read.ToString(CultureInfo.InvariantCulture), text) : null, none, "0", "18446744073709551615"),
        Text("Base64.Decode", text => Base64.Decode(text) is { } read ? Same(Convert.ToBase64String(read), text) : null, none, "AAECAwQ=", "+/+/"),
        Text("Checkpoint.Parse", text => Checkpoint.Parse(text) is { } read ? Same(read.Text, text) : null, none, Note.Parse(note)!.Text),
        Text("Checkpoint.Open", text => Checkpoint.Open(text, signer.VerifierKey) is { } read ? IsOurs(read.Checkpoint) : null, none, note),
        Text("InclusionProof.Parse", text => InclusionProof.Parse(text) is { } read ? Same(read.ToString(), text) : null, none, proof),
        Text("Evidence.Parse", text => Evidence.Parse(text), none, evidence),
        Text("SignedSums.Parse", text => SignedSums.Parse(text) is { } read ? Same(read.Text, text) : null, none, sums.Text),
        Text("Tile.Parse", text => text.Split('|') is [var level, var path] ? Tile.Parse(level, path) : null, none, "0|000", "entries|x001/234.p/5", "3|x001/x234/067"),
        Text("Witness.AddCheckpoint", text => $"{new Witness(signer, signer.VerifierKey, Path.Combine(scratch.Value, "witness"), TimeProvider.System).AddCheckpoint(text).Status}", none, $"old 0\n\n{note}", $"old 7\n{Convert.ToBase64String(new byte[32])}\n\n{note}"),
        new("Tile.Unbundle", bytes => Unbundled(bytes), none, [[2, .. Tile.Bundle(["a"u8.ToArray(), "bc"u8.ToArray()])]]),
        new("Jws.Parse", bytes => Jws.Parse(bytes) is { Jws: { } } ? "read" : "none", none, [Bytes(jws), body.Sign(Suspension)]),
        new("ReadLeaf.Of", bytes => { var read = ReadLeaf.Of(bytes); return $"{read.Fault} {read.Statement?.GetType().Name}"; }, none, [body.Sign(statement), body.Registration(RegistryApp.Body, "reg.example/log", now)]),
        new("Statement.FromJson", bytes => Statement.FromJson(bytes).Act, json, [Bytes(statement), Bytes(Suspension), body.Register(RegistryApp.Body, "reg.example/log", now).ToJson(), new Admit { Body = RegistryApp.Body, Name = "示例" }.ToJson()]),
        new("SignedStatements.CheckInstant", bytes => { SignedStatements.CheckInstant(bytes, Statement.FromJson(bytes), now); return "right"; }, [.. json, .. fault], [Bytes(Suspension)]),
        new("Leaf.Restore", bytes => Same(Convert.ToHexString(new Leaf(bytes).Head is var head ? Leaf.Restore(head, new Leaf(bytes).Stored) : []), Convert.ToHexString(bytes))!, none, [Bytes(jws)]),
        new("Leaf.Restore of a damaged row", bytes => $"{Leaf.Restore("eyJhbGciOiJFZERTQSJ9", bytes).Length > 0}", none, [new Leaf(Bytes(jws)).Stored]),
        new("WitnessPolicy.Parse", bytes => { _ = WitnessPolicy.Parse(bytes); return "read"; }, data, [Bytes($"log {signer.VerifierKey}\nwitness w {NoteSigner.Create("w.example", VerifierKey.Cosignature).VerifierKey} https://w.example\ngroup g 1 w\nquorum g\n")]),
        new("ShippedLog.Leaves", Shipped, data, [Bytes(jws + "\n" + jws + "\nhalf")]),

        // What `check` is given.
        new("Checker.Check", bytes => $"{new Checker(signer.VerifierKey).Check(bytes).Result}", none, [Bytes(proof), Bytes(evidence), Bytes(Signed)]),
        new("AnswerFile.Parse", bytes => AnswerFile.Parse(bytes) is null ? "none" : "read", none, [Bytes(Signed)]),
        new("Answer.FromJson", bytes => { _ = Answer.FromJson(bytes); return "read"; }, json, [Bytes(Answered)]),
        new("DumpCheck.Alone", bytes => $"{DumpCheck.Alone(bytes, signer.VerifierKey)?.Result}", none, [Bytes(sums.Sign(signer).ToString())]),

        // What people type, scan and paste.
        Text("Identifier.Parse", text => Identifier.Parse(text), none, "VJ7KC2P67GNS7", "https://reg.example/c/vj7k-c2p6-7gns7"),
        Text("ItemCode.Parse", text => ItemCode.Parse(text), none, "0000000000000", "HTTPS://REG.EXAMPLE/M/0000000000000-000000000000"),
        Text("SocialCreditCode.Parse", text => SocialCreditCode.Parse(text), none, RegistryApp.Uscc("91370200MA3TEST01")),
        Text("CertificateNumber.Normalise", text => CertificateNumber.Normalise(text) is { } read ? Same(CertificateNumber.Normalise(read), read) : null, none, "00114E22766R2L/3502", "ａ－1 号"),
        Text("PlainText.Fold", text => Same(PlainText.Fold(PlainText.Fold(text)), PlainText.Fold(text)), none, "青屿云帆电器（演示）有限公司 Ｙunfan"),
        Text("Spoilt.Garbled", text => $"{Spoilt.Garbled(text)} {Spoilt.Number(text)} {Spoilt.Code(text)} {Spoilt.Name(text)}", none, "#VALUE!", "é\u009d\u0092å±¿", "1.23E+11"),
        Text("Gs1Key.Parse", text => Gs1Key.Parse(text), none, "/01/04006381333931", "/01/04006381333931/21/ABC%2F1", "/253/4006381333931A1"),
        Text("Gs1Compression.Expand", text => Gs1Compression.Expand(text), none, "AQnYUc1gmiCNCVE4b_9uCWE", "DBAE"),
        Text("Day.Parse", text => Day.Parse(text) is { } day ? Same($"{day:yyyy-MM-dd}", text) : null, none, "2026-06-15"),
        Text("Dates.Read", text => Dates.Read(text).Refusal is { } refusal ? refusal.Code : "read", none, "2026-06-15", "2026年6月15日", "46023", "15/06/2026", "二〇二六年六月十五日"),
        Text("Instant.Read", text => Instant.Read(text, "/at", []), none, "2026-05-01T08:00:00+08:00"),
        Text("AskedTime.Read", text => text.Split('|') is [var on, var knownAt] ? AskedTime.Read(on, knownAt, now, now, days: true) : null, fault, "2026-06-15|2026-05-01T08:00:00+08:00", "|2026-06-01"),
        Text("PastedLine", text => string.Join(' ', new PastedLine(text).Rest(_ => false).Select(piece => piece.Kind).Distinct().Order()), none, Pasted.Split('\n')),
        Text("SearchQuery.Parse", text => SearchQuery.Parse(name => name == "q" ? text : null), fault, "家用电器 海尔 qy 00114E22766R2L/3502", "\"售后服务\" 青岛"),
        Text("SearchQuery.Parse of one", text => text.Split('=') is [var asked, var given] ? SearchQuery.Parse(name => name == asked ? given : null) : null, fault, "on=2026-06-15", "limit=10", "sort=expires", "level=five-star", "region=370212", "category=26"),
        Text("CertificateSearch.Page", Searched, fault, "q=云帆 售后", "holder=qyyf", "number=00114E22", "q=yunfan&on=2026-06-01&sort=holder", "uscc=91370200MA3TEST010&level=five-star"),
        Text("Word.Split", text => $"{Word.Split(text).Length}", none, "家用电器 海尔 qy 00114E22766R2L/3502 lüyou"),
        Text("Cursor.Parse", text => Cursor.Parse(text), none, "x12", "e7.9", "hAAAA.5", "12"),
        Text("SearchOrder.Parse", text => SearchOrders.Parse(text), none, "expires", "newest"),
        Text("Status.Parse", text => Statuses.Parse(text), none, "valid", "暂停", "03"),
        Text("Reason.Parse", text => Reasons.Parse(text), none, "misuse"),
        Text("ListChoice.Read", text => { var faults = new List<Fault>(); return ListChoice.Read(text, text, text, faults) is var read && faults.Count == 0 ? read : null; }, none, "3", "name,number,-,on"),
        Text("ArtworkQuery.Read", text => text.Split('&') is [var size, var ec, var ink, var bleed, var layout] ? new ArtworkQuery { Size = size, Ec = ec, Ink = ink, Bleed = bleed, Paper = ink, Layout = layout }.Read([]) : null, fault, "30&M&0b5d57&3&label"),

        // Headers and bodies of requests.
        Header("Languages.Of", "Accept-Language", context => Languages.Of(context), "zh-CN,zh;q=0.9,en;q=0.8", "en-GB;q=0.5, *;q=0.1"),
        Header("Formats.Of", "Accept", context => Formats.Of(context.Request, null, ("json", "application/json"), ("csv", "text/csv")), "text/csv;q=0.9, application/json;q=0.8", "*/*"),
        Header("Idempotency.KeyOf", Idempotency.Header, context => Idempotency.KeyOf(context.Request).Length, "\"8e03978e-40d5-43dd-bc93-6894a57f9324\"", "plain-key", "\"a\\\"b\\\\\""),
        Header("Manners.IsKept", "If-None-Match", context => Manners.IsKept(context, "W/\"abc\""), "W/\"abc\", \"def\"", "*"),
        Header("RequestLog.Identify", "traceparent", context => { RequestLog.Identify(context); return context.TraceIdentifier.Length == 32; }, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
        new("Json.BytesAsync", Unpacked, fault, [[0, .. Bytes(draft)], [1, .. Packed(draft, to => new GZipStream(to, CompressionLevel.Fastest))], [2, .. Packed(draft, to => new BrotliStream(to, CompressionLevel.Fastest))]]),
        new("SentForm.Read", Uploaded, fault, [Bytes(Form)]),
        Body<CertificateDraft>(draft),
        Body<CorrectRequest>("{\"effectiveOn\":\"2026-06-15\",\"certificate\":{\"holder\":{\"name\":\"甲\"},\"expiresOn\":null}}"),
        Body<SuspendRequest>("{\"effectiveOn\":\"2026-06-15\",\"until\":\"2026-09-01\",\"reason\":\"misuse\"}"),
        Body<MarkDraft>("{\"placement\":\"packaging\",\"text\":\"云帆洗衣机\",\"gtin\":\"06901234567892\",\"run\":\"A\",\"items\":100}"),
        Body<VerificationRequest>("{\"on\":\"2026-02-01\",\"category\":26,\"level\":\"four-star\",\"rows\":[{\"number\":\"A-1\",\"name\":\"甲\",\"on\":\"2026-01-01\"}]}"),
        Body<WatchRequest>("{\"certificates\":[\"VJ7KC2P67GNS7\"],\"uscc\":\"91370200MA3TEST010\",\"search\":\"q=云帆&level=five-star\",\"until\":\"2027-01-01\"}"),
        Body<ReconciliationQuery>("{\"query\":\"云帆\",\"type\":\"certificate\",\"limit\":3,\"properties\":[{\"pid\":\"uscc\",\"v\":{\"id\":\"x\"}}],\"type_strict\":\"any\"}"),
        Body<SearchArguments>("{\"q\":\"云帆\",\"limit\":5}"),
        Body<VerifyArguments>("{\"rows\":[{\"number\":\"A-1\"}],\"on\":\"2026-01-01\",\"lang\":\"en\"}"),
        Body<JsonObject>("{\"q0\":{\"query\":\"云帆\"},\"q1\":{\"query\":\"海\"}}"),

        // Tables of people: text in any encoding, workbooks.
        Text("Columns.Find", text => Columns.Find(text, ColumnUse.Import)?.Pointer, none, "证书编号（必填）", "颁证日期(YYYY-MM-DD)"),
        Text("Cells.Read", text => { _ = Cells.Read(Cells.Write(text)); return "read"; }, none, "=1+1", "'x", "a,\"b\""),
        Text("SentTable.Of", text => { using var table = SentTable.Of(text); return $"{table.Rows.Count > 0} {table.IsCut}"; }, fault, Pasted, Csv),
        new("TextFile.Lines", bytes => $"{new TextFile(new MemoryStream(bytes)).Lines().Count(line => line.Fault is not null) > 0}", fault, [Bytes(Csv), utf16, gb18030]),
        new("Workbook.Open", bytes => { using var book = Workbook.Open(new MemoryStream(bytes), WorkbookBounds.List); return $"{book.Rows(book.Sheets[0]).Take(1000).Count() > 1}"; }, fault, [workbook]),
        new("Workbook.Open of an old one", bytes => { using var book = Workbook.Open(new MemoryStream(bytes), WorkbookBounds.List); return $"{book.Rows(book.Sheets[0]).Take(1000).Count() > 1}"; }, fault, [oldWorkbook]),
        new("WorkbookCopy.Write", Copied, fault, [workbook]),
        new("ImportFile.Open", Imported, fault, [Bytes(Csv), utf16, gb18030, Bytes(draft + "\n" + draft)]),
        new("ListReader.Read", Listed, fault, [Bytes(Asked), Bytes(Pasted)]),

        // What the data file and the operator's files hold.
        Text("Schemes.Read", text => Schemes.Read(text, "file"), data, File.ReadAllText(Path.Combine(ArchitectureTests.Root(), "db", "reference", "schemes.json"))),
        new("Episode.Read", bytes => $"{Episode.Read(bytes).Length > 0}", data, [new byte[20], new byte[10]]),
        new("Edge.Parse", bytes => Edge.Parse(7, bytes) is null ? "none" : "read", none, [new byte[96]]),
        new("Container.List", Contained, data, [Encoded(3), Encoded(400)]),
        new("Container.And", Joined, data, [Encoded(3), Encoded(400)]),
    ];

    private static string IsOurs(Checkpoint read) =>
        read.Size == 7 && read.Root.All(b => b == 0) ? "signed" : throw new UnreachableException("What was not signed is open.");

    private static string Unbundled(byte[] bytes) =>
        bytes is [var count, .. var rest] && Tile.Unbundle(rest, count) is { } leaves ? Same(Convert.ToHexString(Tile.Bundle(leaves)), Convert.ToHexString(rest))! : "none";

    private static string Gone(string folder)
    {
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        return folder;
    }

    private static string Shipped(byte[] bytes)
    {
        var folder = Path.Combine(scratch.Value, "shipped");
        Directory.CreateDirectory(folder);
        File.WriteAllBytes(Path.Combine(folder, "entries-000000000000"), bytes);
        return $"{ShippedLog.Leaves(folder, 0).Count()}";
    }

    private static string Unpacked(byte[] bytes)
    {
        if (bytes is not [var kind, .. var content]) return "none";
        var request = new DefaultHttpContext().Request;
        request.Headers.ContentEncoding = kind switch { 0 => "", 1 => "gzip", 2 => "br", _ => "identity" };
        request.Body = new MemoryStream(content);
        return $"{Json.BytesAsync(request, 1 << 16).GetAwaiter().GetResult().Length > 0}";
    }

    private sealed record OfADay(string? On);

    private static string Uploaded(byte[] bytes)
    {
        var context = new DefaultHttpContext();
        (context.Request.Method, context.Request.ContentType, context.Request.Body) = ("POST", "multipart/form-data; boundary=x", new MemoryStream(bytes));
        return $"{SentForm.Read<OfADay>(context, 1 << 16, 1 << 10).GetAwaiter().GetResult().Files.Count}";
    }

    private static string Imported(byte[] bytes)
    {
        var file = ImportFile.Open(new MemoryStream(bytes), new(), WorkbookBounds.List);
        return string.Join(' ', file.Rows().Take(100).Select(row => file.Read(row, today).Faults.Count == 0 ? "right" : "wrong").Distinct());
    }

    private static string Listed(byte[] bytes)
    {
        using var list = SentList.Of(new MemoryStream(bytes), new(), now, null, null);
        var (_, answer) = record.Value.Database.Read(db => list.Answer(db, now, Language.Zh));
        return string.Join(' ', answer.Rows.Select(row => row.Result).Distinct().Order());
    }

    private static string Searched(string text)
    {
        var asked = text.Split('&').Select(pair => pair.Split('=', 2)).Where(pair => pair.Length == 2).DistinctBy(pair => pair[0]).ToDictionary(pair => pair[0], pair => pair[1]);
        var query = SearchQuery.Parse(name => asked.GetValueOrDefault(name));
        return $"{record.Value.Database.Read(db => CertificateSearch.Page(db, record.Value.Index, query, today, TimeSpan.FromSeconds(10)).Seqs.Count)}";
    }

    private static string Copied(byte[] bytes)
    {
        if (!bytes.AsSpan().StartsWith("PK\u0003\u0004"u8)) return "none";
        using var book = Workbook.Open(new MemoryStream(bytes), WorkbookBounds.List);
        if (book is not OpenWorkbook open) return "none";
        using var copy = new MemoryStream();
        WorkbookCopy.Write(open, book.Sheets[0], new(5, [10], 1, line => line < 3 ? [new("结果")] : null), copy);
        copy.Position = 0;
        using var again = Workbook.Open(copy, WorkbookBounds.List);
        return $"{again.Rows(again.Sheets[0]).Take(1000).Count() > 1}";
    }

    private const int Log = 12;

    private static string Contained(byte[] bytes)
    {
        if (bytes.Length == 0) return "none";
        var list = new int[1 << Log];
        var count = Container.List(bytes, Log, list);
        if (list.AsSpan(0, count).ContainsAnyExceptInRange(0, (1 << Log) - 1)) throw new UnreachableException("It holds what is no ordinal.");
        return count == 0 ? "none" : "read";
    }

    private static string Joined(byte[] bytes)
    {
        if (bytes.Length == 0) return "none";
        var (map, spare, list) = (new ulong[1 << Log - 6], new ulong[1 << Log - 6], Enumerable.Range(0, 1 << Log).ToArray());
        Array.Fill(map, ulong.MaxValue);
        Container.And(bytes, Log, map, spare);
        var kept = Container.Filter(bytes, Log, list, spare);
        Array.Clear(spare);
        Container.Or(bytes, Log, spare);
        return $"{kept > 0} {map.AsSpan().SequenceEqual(spare)}";
    }

    private static byte[] Encoded(int many)
    {
        var buffer = new byte[Container.MaxBytes(Log)];
        return buffer[..Container.Encode(Enumerable.Range(0, many).Select(i => i * 7).ToArray(), Log, buffer)];
    }
}
