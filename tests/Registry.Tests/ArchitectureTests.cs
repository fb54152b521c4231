using System.Text.RegularExpressions;

namespace Registry.Tests;

/// <summary>Program → endpoints → stores → Database, and pure types beneath all: read from the source itself.</summary>
public sealed partial class ArchitectureTests
{
    private static readonly string source = Path.Combine(Root(), "src", "Registry");

    /// <summary>Every source file by its path under src/Registry, with forward slashes, comments left out.</summary>
    private static readonly Dictionary<string, string> files = Directory.EnumerateFiles(source, "*.cs", SearchOption.AllDirectories)
        .Select(file => (Path: Path.GetRelativePath(source, file).Replace('\\', '/'), file))
        .Where(file => !file.Path.StartsWith("bin/") && !file.Path.StartsWith("obj/"))
        .ToDictionary(file => file.Path, file => Comment().Replace(File.ReadAllText(file.file), ""));

    [GeneratedRegex(@"^\s*//.*$", RegexOptions.Multiline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"^((Text|Refusal|Nearest)\.cs|Certificates/(?!.*(Store|Endpoints)\.cs|CertificateView).*|Statements/ReadyIssue\.cs|Transparency/(MerkleTree|Tile|Note|Checkpoint|Jws)\.cs|Search/(Terms|SearchQuery|Word)\.cs|Tables/.*|Verification/(Verdict|Comparison|Decision|Wording)\.cs|Answers/(Answer|AnswerPdf|AnswerReplay|AnswerWording|CheckReport|Checker|LogScan)\.cs|Watching/(Change|ChangeWording|Feed|Calendar)\.cs|Marks/(Qr.*|Gtin|Gs1.*|ItemCode|Artwork|MarkFont|PressPdf)\.cs)$")]
    private static partial Regex Pure();

    [GeneratedRegex(@"Microsoft\.AspNetCore|\bHttpContext\b|\bSystem\.Data\b|\bDapper\b|\bDbConnection\b|\bRegistry\.Http\b|\bTransaction\b")]
    private static partial Regex HttpOrSql();

    [GeneratedRegex(@"Microsoft\.AspNetCore|\bHttpContext\b|\bIEndpointRouteBuilder\b|\bRegistry\.Http\b")]
    private static partial Regex Http();

    [GeneratedRegex(@"(Store|Index|Search|Log)\.cs$|^Database/|^Bodies/|^Http/(Idempotency)\.cs$")]
    private static partial Regex MaySpeakSql();

    [Fact]
    public void The_rules_find_what_they_are_about()
    {
        Assert.True(files.Keys.Count(path => Pure().IsMatch(path)) >= 13);
        Assert.Contains("Search/Terms.cs", files.Keys.Where(path => Pure().IsMatch(path)));
        Assert.Contains(files, file => HttpOrSql().IsMatch(file.Value));
        Assert.Contains(files.Keys, path => path.EndsWith("Endpoints.cs"));
    }

    [Fact]
    public void Pure_files_know_no_HTTP_and_no_SQL() => Empty(files.Where(file => Pure().IsMatch(file.Key) && HttpOrSql().IsMatch(file.Value)));

    [Fact]
    public void Nothing_below_the_endpoints_knows_HTTP() => Empty(files.Where(file =>
        (Pure().IsMatch(file.Key) || MaySpeakSql().IsMatch(file.Key) && !file.Key.StartsWith("Http/") || file.Key.StartsWith("Statements/") && !file.Key.EndsWith("Endpoints.cs")) && Http().IsMatch(file.Value)));

    [Fact]
    public void SQL_stays_in_stores() => Empty(files.Where(file => !MaySpeakSql().IsMatch(file.Key) && file.Value.Contains("using Dapper")));

    /// <summary>What stands in this list uses only what stands before it, so no two folders use each other. A file of endpoints may lie beside its feature.</summary>
    private static readonly string[] order =
    [
        "Database", "Text", "Nearest", "Refusal", "Transparency", "Certificates", "Settings", "Bodies", "Marks", "Tables", "Search", "Statements", "Watching",
        "Custody", "Http", "Verification", "Answers", "Ingest", "Dumps", "Endpoints", "Demo", "Pages", "Programs", "Contract", "Trouble", "Server", "Commands", "Program",
    ];

    private static string Layer(string path) => path.EndsWith("Endpoints.cs") ? "Endpoints" : Feature(path).Replace(".cs", "");

    /// <summary>What a file uses: the namespaces it names, and of the root's, which is seen everywhere, the types.</summary>
    private static IEnumerable<string> Uses(string source) => Regex.Matches(source, $@"(?:using Registry\.|(?<![\w.]))({string.Join('|', order)})[.;]")
        .Select(use => use.Groups[1].Value).Concat(rootTypes.Where(type => Regex.IsMatch(source, $@"(?<![\w.""]){type.Key}\b(?!-|\s*=[^=>])")).Select(type => type.Value));

    private static readonly Dictionary<string, string> rootTypes = files.Where(file => Regex.IsMatch(file.Value, "^namespace Registry;", RegexOptions.Multiline))
        .SelectMany(file => Declared().Matches(file.Value).Select(type => (Name: type.Groups[1].Value, Layer: Layer(file.Key)))).DistinctBy(type => type.Name)
        .ToDictionary(type => type.Name, type => type.Layer);

    [GeneratedRegex(@"^(?:public|internal) [a-z ]*(?:record|class|struct|enum) (?!struct)(\w+)", RegexOptions.Multiline)]
    private static partial Regex Declared();

    [Fact]
    public void Folders_use_only_what_is_below_them()
    {
        Assert.Equal(order.Order(), files.Keys.Select(Layer).Distinct().Order());
        Assert.All(files, file => Assert.True(!file.Key.Contains('/') || file.Key.StartsWith("Database/") || file.Value.Contains($"namespace Registry.{Feature(file.Key)};"), file.Key));
        Assert.Empty(from file in files from used in Uses(file.Value) where Array.IndexOf(order, used) > Array.IndexOf(order, Layer(file.Key)) select $"{file.Key} uses {used}");
    }

    /// <summary>Only the program composes endpoints; a feature uses another's pure types and stores.</summary>
    [Fact]
    public void No_feature_uses_anothers_endpoints() => Empty(
        from endpoints in files.Keys.Where(path => path.EndsWith("Endpoints.cs"))
        from file in files
        where file.Key.Contains('/') && Feature(file.Key) != Feature(endpoints) && Regex.IsMatch(file.Value, $@"\b{Path.GetFileNameWithoutExtension(endpoints)}\b")
        select file);

    [Fact]
    public void The_engine_is_known_to_Database_alone() => Empty(files.Where(file => !file.Key.StartsWith("Database/") && file.Value.Contains("Microsoft.Data.Sqlite")));

    /// <summary>Of two files of one number a database that has the first would never get the second.</summary>
    [Fact]
    public void Every_number_of_the_schema_is_one_change() =>
        Assert.All(Directory.GetFiles(Path.Combine(Root(), "db"), "*.sql").Select(file => Path.GetFileName(file).Split('.')[0]).Distinct().GroupBy(name => name[..3]), number => Assert.Single(number));

    /// <summary>Tables, whose rows are read as such: the refusals, a certificate's fields, and what the contract says of each name.</summary>
    private static readonly string[] tables =
        ["Refusal.cs", "Certificates/Fields.cs", "Contract/Operations.cs", "Contract/AskedParameters.cs", "Contract/Headers.cs", "Contract/Members.cs"];

    private const int Columns = 140;

    [Fact]
    public void Lines_end_at_140_columns() => Assert.Empty(
        from path in files.Keys.Except(tables).Concat(Directory.GetFiles(source, "*.js", SearchOption.AllDirectories))
        from line in File.ReadLines(Path.Combine(source, path)).Index()
        where line.Item.Length > Columns
        select $"{path}:{line.Index + 1}");

    private static string Feature(string path) => path.Split('/')[0];

    private static void Empty(IEnumerable<KeyValuePair<string, string>> offenders) => Assert.Empty(offenders.Select(file => file.Key).Order());

    /// <summary>The folder of Registry.sln, above the built test.</summary>
    public static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Registry.sln"))) folder = folder.Parent ?? throw new InvalidOperationException("Registry.sln is not above the test.");
        return folder.FullName;
    }
}
