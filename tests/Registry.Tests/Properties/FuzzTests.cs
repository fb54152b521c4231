using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.Json;
using Registry.Answers;
using Registry.Certificates;
using Registry.Dumps;
using Registry.Http;
using Registry.Ingest;
using Registry.Marks;
using Registry.Search;
using Registry.Tables;
using Registry.Tests.Certificates;
using Registry.Tests.Tables;
using Registry.Transparency;
using Registry.Verification;

namespace Registry.Tests.Properties;

/// <summary>
/// Every parser, fed with what is nearly right: it gives what it is documented to give, or refuses as it is documented to refuse, and what
/// it takes it can write again. What made a parser answer in a new way becomes a beginning of further ones; the branches within are seen
/// by SharpFuzz (tests/fuzz). A minute and more, from other numbers: REGISTRY_FUZZ_SECONDS=60 REGISTRY_SEED=7 and the filter of this class.
/// What was found once stays in <see cref="found"/>.
/// </summary>
public sealed class FuzzTests
{
    private const int Inputs = 150, MaxCorpus = 2000;
    private static readonly TimeSpan longest = TimeSpan.FromSeconds(20);
    private static readonly double seconds = double.Parse(Environment.GetEnvironmentVariable("REGISTRY_FUZZ_SECONDS") ?? "0", CultureInfo.InvariantCulture);
    private static readonly int seed = int.Parse(Environment.GetEnvironmentVariable("REGISTRY_SEED") ?? "20261127", CultureInfo.InvariantCulture);

    private static readonly NoteSigner signer = NoteSigner.Create("reg.example/log");
    private static readonly DateOnly today = new(2026, 6, 15);

    /// <summary>One parser.</summary>
    /// <param name="Name">The method it is or leads to.</param>
    /// <param name="Parse">What came of the input, in a word or two.</param>
    /// <param name="Refuses">The exceptions that are its documented answer.</param>
    /// <param name="Seeds">What is right.</param>
    private sealed record Parser(string Name, Func<byte[], string> Parse, Type[] Refuses, byte[][] Seeds);

    private static Parser Text(string name, Func<string, object?> parse, Type[] refuses, params string[] seeds) =>
        new(name, bytes => parse(Encoding.UTF8.GetString(bytes)) is { } made ? made as string ?? "read" : "none", refuses, [.. seeds.Select(Encoding.UTF8.GetBytes)]);

    /// <summary>What is written again is what was read.</summary>
    private static string? Same(string? again, string text) => again is null ? null : again == text ? "same" : throw new UnreachableException($"Written again it is {again}.");

    private static readonly string note = new Checkpoint("reg.example/log", 7, new byte[32]).Sign(signer).ToString();
    private static readonly string jws = "eyJhbGciOiJFZERTQSIsImtpZCI6IngiLCJ0eXAiOiJzdGF0ZW1lbnQrandzIn0.eyJhY3QiOiJhZG1pdCJ9." + new string('A', 86);
    private static readonly string proof = new InclusionProof("leaf"u8.ToArray(), 3, [new byte[32], new byte[32]], note).ToString();
    private static readonly string sums = new SignedSums("reg.example/log", "2026-06-15", 7, "AAAA", [("certificates.db", new string('0', 64)), ("manifest.json", new string('a', 64))]).Text;
    private static readonly string evidence = new Evidence(signer.VerifierKey, "two roots") { Checkpoints = [Note.Parse(note)!], Hashes = [new byte[32]] }.ToString();
    private static readonly string draft = RegistryApp.Draft().ToJsonString();
    private static readonly string statement = "{\"act\":\"issue\",\"body\":\"CNCA-R-2099-901\",\"statedAt\":\"2026-06-15T04:00:00.000Z\",\"certificate\":" + JsonSerializer.Serialize(Samples.Content, Json.Options) + "}";
    private const string Csv = "证书编号,获证组织名称,认证项目,认证覆盖的业务范围,服务等级,颁证日期\nA-1,\"虚构甲，\"\"演示\"\"\n有限公司\",26,家电售后（演示）,五星,2025-03-01\nA-2,虚构乙（演示）有限公司,26,家电,五星,2025年3月1日\n";
    private const string Pasted = "1. 虚构甲（演示）有限公司 91370200MA3TEST010 00114E22766R2L/3502 五星级 2026-05-01\n虚构乙（演示）有限公司,A-2，四星\nhttps://reg.example/c/VJ7KC2P67GNS7 50万元";

    private static byte[] File(string path) => System.IO.File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, path));

    private static readonly Type[] none = [], fault = [typeof(FaultException)], json = [typeof(JsonException)], data = [typeof(InvalidDataException)];

    private static readonly Parser[] parsers =
    [
        Text("Note.Parse", text => Note.Parse(text) is { } read ? Same(read.ToString(), text) : null, none, note, proof),
        Text("NoteSignature.Parse", text => NoteSignature.Parse(text) is { } read ? Same(read.Line, text) : null, none, note.Split('\n')[^2]),
        Text("VerifierKey.Parse", text => VerifierKey.Parse(text) is { } read ? Same(read.ToString(), text) : null, none, signer.VerifierKey.ToString()),
        Text("NoteSigner.Parse", text => { using var read = NoteSigner.Parse(text); return Same(read.ToString(), text.Trim()); }, data, signer.ToString()),
        Text("Digits.Decode", text => Digits.Decode(text) is { } read ? Same(read.ToString(System.Globalization.CultureInfo.InvariantCulture), text) : null, none, "0", "18446744073709551615"),
        Text("Base64.Decode", text => Base64.Decode(text) is { } read ? Same(Convert.ToBase64String(read), text) : null, none, "AAECAwQ=", "+/+/"),
        Text("Checkpoint.Parse", text => Checkpoint.Parse(text) is { } read ? Same(read.Text, text) : null, none, Note.Parse(note)!.Text),
        Text("Checkpoint.Open", text => Checkpoint.Open(text, signer.VerifierKey) is { } read ? Same(read.Checkpoint.Size == 7 && read.Checkpoint.Root.All(b => b == 0) ? "signed" : throw new UnreachableException("What was not signed is open."), "signed") : null, none, note),
        Text("InclusionProof.Parse", text => InclusionProof.Parse(text) is { } read ? Same(read.ToString(), text) : null, none, proof),
        Text("Evidence.Parse", text => Evidence.Parse(text), none, evidence),
        Text("SignedSums.Parse", text => SignedSums.Parse(text) is { } read ? Same(read.Text, text) : null, none, sums),
        Text("Tile.Parse", text => text.Split('|') is [var level, var path] ? Tile.Parse(level, path) : null, none, "0|000", "entries|x001/234.p/5", "3|x001/x234/067"),
        Text("Identifier.Parse", text => Identifier.Parse(text), none, "VJ7KC2P67GNS7", "https://reg.example/c/vj7k-c2p6-7gns7"),
        Text("ItemCode.Parse", text => ItemCode.Parse(text), none, "0000000000000", "HTTPS://REG.EXAMPLE/M/0000000000000-000000000000"),
        Text("SocialCreditCode.Parse", text => SocialCreditCode.Parse(text), none, RegistryApp.Uscc("91370200MA3TEST01")),
        Text("CertificateNumber.Normalise", text => CertificateNumber.Normalise(text) is { } read ? Same(CertificateNumber.Normalise(read), read) : null, none, "00114E22766R2L/3502", "ａ－1 号"),
        Text("PlainText.Fold", text => Same(PlainText.Fold(PlainText.Fold(text)), PlainText.Fold(text)), none, "青屿云帆电器（演示）有限公司 Ｙunfan"),
        Text("Gs1Key.Parse", text => Gs1Key.Parse(text), none, "/01/04006381333931", "/01/04006381333931/21/ABC%2F1"),
        Text("Gs1Compression.Expand", text => Gs1Compression.Expand(text), none, "AQnYUc1gmiCNCVE4b_9uCWE", "DBAE"),
        Text("Day.Parse", text => Day.Parse(text) is { } day ? Same($"{day:yyyy-MM-dd}", text) : null, none, "2026-06-15"),
        Text("Dates.Read", text => Dates.Read(text).Refusal is { } refusal ? refusal.Code : "read", none, "2026-06-15", "2026年6月15日", "46023", "15/06/2026", "二〇二六年六月十五日"),
        Text("Instant.Read", text => Instant.Read(text, "/at", []), none, "2026-05-01T08:00:00+08:00"),
        Text("Cursor.Parse", text => Cursor.Parse(text), none, "x12", "e7.9", "hAAAA.5", "12"),
        Text("SearchOrder.Parse", text => SearchOrders.Parse(text), none, "expires", "newest"),
        Text("Status.Parse", text => Statuses.Parse(text), none, "valid", "暂停", "03"),
        Text("Reason.Parse", text => Reasons.Parse(text), none, "misuse"),
        Text("SearchQuery.Parse", text => SearchQuery.Parse(name => name == "q" ? text : null), fault, "家用电器 海尔 qy 00114E22766R2L/3502", "\"售后服务\" 青岛"),
        Text("SearchQuery.Parse of a day", text => SearchQuery.Parse(name => name is "on" or "limit" or "cursor" or "sort" or "level" or "region" or "category" ? text : null), fault, "2026-06-15", "10", "x12"),
        Text("Columns.Find", text => Columns.Find(text, ColumnUse.Import)?.Pointer, none, "证书编号（必填）", "颁证日期(YYYY-MM-DD)"),
        Text("Cells.Read", text => { _ = Cells.Read(Cells.Write(text)); return "read"; }, none, "=1+1", "'x", "a,\"b\""),
        Text("PastedLine", text => string.Join(' ', new PastedLine(text).Rest(_ => false).Select(piece => piece.Kind).Distinct().Order()), none, Pasted.Split('\n')),
        Text("SentTable.Of", text => { using var table = SentTable.Of(text); return $"{table.Rows.Count > 0} {table.IsCut}"; }, fault, Pasted, Csv),
        Text("Schemes.Read", text => Schemes.Read(text, "file"), data, System.IO.File.ReadAllText(Path.Combine(ArchitectureTests.Root(), "db", "reference", "schemes.json"))),
        new("Jws.Parse", bytes => Jws.Parse(bytes) is { Jws: { } } ? "read" : "none", none, [Encoding.ASCII.GetBytes(jws)]),
        new("Statement.FromJson", bytes => Statement.FromJson(bytes).Act, json, [Encoding.UTF8.GetBytes(statement), "{\"act\":\"suspend\",\"body\":\"CNCA-R-2099-901\",\"statedAt\":\"2026-06-15T04:00:00.000Z\",\"certificate\":\"VJ7KC2P67GNS7\",\"effectiveOn\":\"2026-06-15\",\"reason\":\"misuse\"}"u8.ToArray()]),
        new("Json.Parse", bytes => Json.Parse<CertificateDraft>(bytes) is null ? "none" : "read", fault, [Encoding.UTF8.GetBytes(draft)]),
        new("Answer.FromJson", bytes => { _ = Answer.FromJson(bytes); return "read"; }, json, ["{\"id\":\"X\",\"answeredAt\":\"2026-06-15T04:00:00.000Z\",\"log\":{\"origin\":\"x\",\"size\":1,\"root\":\"\"},\"question\":{\"rows\":[]},\"rows\":[]}"u8.ToArray()]),
        new("AnswerFile.Parse", bytes => AnswerFile.Parse(bytes) is null ? "none" : "read", none, ["{\"signed\":\"a.b.c\",\"checkpoint\":\"\",\"log\":\"k\",\"proofs\":[\"x\"]}"u8.ToArray()]),
        new("Checker.Check", bytes => $"{new Checker(signer.VerifierKey).Check(bytes).Result}", none, [Encoding.UTF8.GetBytes(proof), Encoding.UTF8.GetBytes(evidence), "{\"signed\":\"a.b.c\",\"checkpoint\":\"\",\"log\":\"k\",\"proofs\":[\"x\"]}"u8.ToArray()]),
        new("WitnessPolicy.Parse", bytes => { _ = WitnessPolicy.Parse(bytes); return "read"; }, data, [Encoding.UTF8.GetBytes($"log {signer.VerifierKey}\nwitness w {NoteSigner.Create("w.example", VerifierKey.Cosignature).VerifierKey} https://w.example\ngroup g 1 w\nquorum g\n")]),
        new("Leaf.Restore", bytes => Same(Convert.ToHexString(new Leaf(bytes).Head is var head ? Leaf.Restore(head, new Leaf(bytes).Stored) : []), Convert.ToHexString(bytes))!, none, [Encoding.ASCII.GetBytes(jws)]),
        new("Leaf.Restore of a damaged row", bytes => $"{Leaf.Restore("eyJhbGciOiJFZERTQSJ9", bytes).Length > 0}", none, [new Leaf(Encoding.ASCII.GetBytes(jws)).Stored]),
        new("Episode.Read", bytes => $"{Episode.Read(bytes).Length > 0}", data, [new byte[20], new byte[10]]),
        new("Edge.Parse", bytes => Edge.Parse(7, bytes) is null ? "none" : "read", none, [new byte[96]]),
        new("Container.List", Contained, data, [Encoded(3), Encoded(400)]),
        new("Workbook.Open", bytes => { using var book = Workbook.Open(new MemoryStream(bytes), WorkbookBounds.List); return $"{book.Rows(book.Sheets[0]).Take(1000).Count() > 1}"; }, fault, [new Xlsx().Sheet("表", Xlsx.Rows(["证书编号", "组织名称"], ["A-1", "甲"])).Bytes(), File("Ingest/cases/22c-libreoffice-errors.xls")]),
        new("ImportFile.Open", Imported, fault, [Encoding.UTF8.GetBytes(Csv), Encoding.Unicode.GetPreamble().Concat(Encoding.Unicode.GetBytes(Csv)).ToArray(), Encoding.UTF8.GetBytes(draft + "\n" + draft), CodePagesEncodingProvider.Instance.GetEncoding("GB18030")!.GetBytes(Csv)]),
    ];

    private static string Imported(byte[] bytes)
    {
        var file = ImportFile.Open(new MemoryStream(bytes), new(), WorkbookBounds.List);
        return string.Join(' ', file.Rows().Take(100).Select(row => file.Read(row, today).Faults.Count == 0 ? "right" : "wrong").Distinct());
    }

    private static string Contained(byte[] bytes)
    {
        const int log = 12;
        if (bytes.Length == 0) return "none";
        var list = new int[1 << log];
        var count = Container.List(bytes, log, list);
        if (list.AsSpan(0, count).ContainsAnyExceptInRange(0, (1 << log) - 1)) throw new UnreachableException("It holds what is no ordinal.");
        return count == 0 ? "none" : "read";
    }

    private static byte[] Encoded(int many)
    {
        var buffer = new byte[Container.MaxBytes(12)];
        return buffer[..Container.Encode(Enumerable.Range(0, many).Select(i => i * 7).ToArray(), 12, buffer)];
    }

    /// <summary>Inputs that once broke a parser.</summary>
    private static readonly (string Parser, string Base64)[] found = [];

    [Fact]
    public void Whatever_a_parser_is_fed_it_reads_or_refuses_as_it_says()
    {
        var faults = new List<string>();
        foreach (var parser in parsers)
        {
            var (mutations, corpus, seen) = (new Mutations(seed), parser.Seeds.ToList(), new HashSet<string>());
            foreach (var right in parser.Seeds) Try(right);
            foreach (var (_, base64) in found.Where(one => one.Parser == parser.Name)) Try(Convert.FromBase64String(base64));
            var until = Stopwatch.GetTimestamp() + (long)(seconds / parsers.Length * Stopwatch.Frequency);
            for (var i = 0; seconds == 0 ? i < Inputs : Stopwatch.GetTimestamp() < until; i++)
            {
                var input = mutations.Of(corpus);
                if (Try(input) && corpus.Count < MaxCorpus) corpus.Add(input);
            }

            // Whether the parser answered in a way that it had not before.
            bool Try(byte[] input)
            {
                var begun = Stopwatch.GetTimestamp();
                string outcome;
                try { outcome = parser.Parse(input); }
                catch (Exception error) when (parser.Refuses.Any(type => type.IsInstanceOfType(error)))
                {
                    outcome = error is FaultException refused ? string.Join(' ', refused.Faults.Select(fault => fault.Refusal.Code).Distinct().Order()) : error.GetType().Name;
                }
                catch (Exception error)
                {
                    outcome = $"{error.GetType().Name} {error.StackTrace?.Split('\n')[0]}";
                    if (seen.Add(outcome)) faults.Add($"{parser.Name}: {error.GetType().Name}: {error.Message}\n{error.StackTrace?.Split('\n')[0]}\n    {Convert.ToBase64String(input)}");
                }
                if (Stopwatch.GetElapsedTime(begun) > longest) faults.Add($"{parser.Name}: {Stopwatch.GetElapsedTime(begun)}\n    {Convert.ToBase64String(input)}");
                return seen.Add(outcome);
            }
        }
        Assert.True(faults.Count == 0, string.Join("\n", faults));
    }

    // With branches seen: tests/fuzz.

    /// <summary>The parsers by name.</summary>
    public static IEnumerable<string> Names => parsers.Select(parser => parser.Name);

    /// <summary>What is right for one of them.</summary>
    public static byte[][] Seeds(string name) => parsers.Single(parser => parser.Name == name).Seeds;

    /// <summary>Feeds one of them; whatever it throws is no answer that it is documented to give.</summary>
    public static Action<byte[]> Feed(string name)
    {
        var parser = parsers.Single(parser => parser.Name == name);
        return input =>
        {
            try { parser.Parse(input); }
            catch (Exception error) when (parser.Refuses.Any(type => type.IsInstanceOfType(error))) { }
        };
    }

    /// <summary>What is no reader of foreign content: words of the program itself.</summary>
    private static readonly string[] notForeign = ["Outcome.Parse", "Outcomes.Parse"];

    [Fact]
    public void Every_method_that_parses_text_or_bytes_is_fed()
    {
        string[] names = ["Parse", "FromJson", "Restore", "Decode", "Expand"];
        var fed = parsers.Select(parser => parser.Name.Split(' ')[0]).ToHashSet();
        var all = from type in typeof(Settings).Assembly.GetTypes()
                  where type is { IsNested: false, IsPublic: true }
                  from method in type.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly)
                  where names.Contains(method.Name) && method.GetParameters() is [var first, ..]
                      && (first.ParameterType == typeof(string) || first.ParameterType == typeof(byte[]) || first.ParameterType == typeof(ReadOnlySpan<byte>))
                  select $"{type.Name}.{method.Name}";
        string Fed(string name) => name switch { "SearchOrders.Parse" => "SearchOrder.Parse", "Statuses.Parse" => "Status.Parse", "Reasons.Parse" => "Reason.Parse", _ => name };
        Assert.Empty(all.Distinct().Where(name => !fed.Contains(Fed(name))).Except(notForeign));
    }
}
