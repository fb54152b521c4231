using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Registry.Transparency;

namespace Registry.Tests;

/// <summary>How the program begins: what it does not understand ends it with one line, and the system's language changes nothing.</summary>
public sealed class StartTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("registry-start-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    /// <summary>One line on standard error, nothing else anywhere, and nothing recorded.</summary>
    private string Refused(string[] arguments, params (string Name, string Value)[] environment)
    {
        var (code, output, error) = Served.Run(folder, arguments, environment);
        // Of what checks, 1 would say that something is wrong.
        Assert.Equal((arguments[0] == "verify" ? 2 : 1, ""), (code, output));
        return Assert.Single(error.TrimEnd('\n').Split('\n'));
    }

    [Theory]
    [InlineData("srve", "There is no command srve; did you mean serve?")]
    [InlineData("dmo", "did you mean demo?")]
    [InlineData("verfy --log x", "did you mean verify?")]
    [InlineData("completely-else", "there are: serve, demo, bodies")]
    [InlineData("bodies lst", "did you mean list?")]
    [InlineData("serve now", "“now” is not understood")]
    [InlineData("serve --ulrs http://127.0.0.1:0", "There is no option --ulrs; did you mean --urls?")]
    [InlineData("--url=http://127.0.0.1:0", "did you mean --urls?")]
    [InlineData("serve --urls", "--urls needs a value")]
    [InlineData("serve --Registry:DatFile=x.db", "did you mean --Registry:DataFile?")]
    [InlineData("demo --port 80", "There is no option --port")]
    [InlineData("bodies add CNCA-R-2099-901 示例 --name-eng X", "did you mean --name-en?")]
    [InlineData("import rows.csv --body CNCA-R-2099-901 --dryrun", "did you mean --dry-run?")]
    [InlineData("verify --witnes x", "did you mean --witness?")]
    [InlineData("rebuild --froce", "There is no option --froce")]
    // As a shell gives a variable that is not set.
    [InlineData("backup ", "to is blank")]
    [InlineData("dump ", "to is blank")]
    [InlineData("restore ", "from is blank")]
    [InlineData("copy --to ", "--to is blank")]
    [InlineData("import rows.csv --body ", "--body is blank")]
    public void What_is_not_understood_ends_the_start_with_the_nearest_name(string line, string says)
    {
        File.WriteAllText(Path.Combine(folder, "rows.csv"), "");
        Assert.Contains(says, Refused(line.Split(' ')));
        Assert.Equal(["rows.csv"], Directory.EnumerateFileSystemEntries(folder).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("Registry__Datafle", "There is no setting Registry:Datafle; did you mean DataFile?")]
    [InlineData("Registry__Witness__0", "did you mean Witnesses?")]
    [InlineData("Registry__Font", "did you mean MarkFont?")]
    public void An_unknown_setting_ends_the_start(string name, string says)
    {
        Assert.Contains(says, Refused(["serve"], (name, "x")));
        Assert.Contains(says, Refused(["bodies", "list"], (name, "x")));
    }

    /// <summary>Each would be found out too late: in a log named for good, in marks on paper, in a file that nobody can write to.</summary>
    [Theory]
    [InlineData("PublicUrl", "reg.example"), InlineData("PublicUrl", "reg.example:8080"), InlineData("PublicUrl", "https://reg.example/?a=1")]
    [InlineData("PublicUrl", ""), InlineData("PublicUrl", "ftp://reg.example"), InlineData("PublicUrl", "https://user@reg.example")]
    [InlineData("SecurityContact", "security@reg.example"), InlineData("SecurityContact", "http://reg.example/security")]
    [InlineData("Traces", "localhost:4317"), InlineData("Metrics", "9464")]
    public void An_address_that_is_none_ends_the_start(string setting, string value)
    {
        var read = new ConfigurationBuilder().AddInMemoryCollection([new($"Registry:{setting}", value)]).Build();
        var error = Assert.Throws<InvalidDataException>(() => Settings.Read(read));
        Assert.StartsWith($"Registry:{setting} is “{value}”; write ", error.Message);
    }

    /// <summary>What the framework would pass over, and what would be found out by a reader.</summary>
    [Theory]
    [InlineData("ShipTo", ""), InlineData("Dumps", " "), InlineData("DataFile", ""), InlineData("IcpNumber", ""), InlineData("TrustedProxies", "")]
    [InlineData("ShipTo:0", "/backup"), InlineData("PublicUrl:0", "https://reg.example"), InlineData("Policy", "/nonexistent/policy")]
    [InlineData("StaleReads", "30"), InlineData("StaleReads", "-00:00:01"), InlineData("Witnesses", "w"), InlineData("Witnesses:0", "w")]
    public void A_setting_that_says_nothing_ends_the_start(string setting, string value)
    {
        var read = new ConfigurationBuilder().AddInMemoryCollection([new($"Registry:{setting}", value)]).Build();
        var error = Assert.ThrowsAny<Exception>(() => Settings.Read(read));
        Assert.Contains(setting == "Policy" ? value : setting.Split(':')[0], error.Message);
    }

    [Fact]
    public void Witnesses_are_a_list_or_one_text_with_commas()
    {
        var keys = ((string[])["one", "two"]).Select(name => $"{NoteSigner.Create(name, VerifierKey.Cosignature).VerifierKey} https://{name}.example").ToArray();
        string[] Read(params (string Name, string Value)[] given) => Settings.Read(new ConfigurationBuilder()
            .AddInMemoryCollection(given.Select(one => KeyValuePair.Create($"Registry:{one.Name}", (string?)one.Value))).Build()).Witnesses;
        Assert.Equal(keys, Read(("Witnesses", string.Join(", ", keys))));
        Assert.Equal(keys, Read(("Witnesses:0", keys[0]), ("Witnesses:1", keys[1])));
    }

    /// <summary>What stands in the way, and which file or address the line names.</summary>
    [Theory]
    [InlineData("a folder where the data file should be", "data/registry.db", "Registry:DataFile")]
    [InlineData("a text where the data file should be", "data/registry.db", "no data file of a registry")]
    [InlineData("a newer data file", "data/registry.db", "newer registry made it")]
    [InlineData("a file where the folder should be", "data", "exists")]
    [InlineData("a text where the key should be", "data/registry.key", "Put the key back")]
    [InlineData("broken settings", "appsettings.json", "LineNumber")]
    public void A_start_that_fails_says_which_file_and_what_to_do(string obstacle, string file, string says)
    {
        var data = Path.Combine(folder, "data");
        if (obstacle is not ("a file where the folder should be" or "broken settings")) Directory.CreateDirectory(data);
        var path = Path.Combine(folder, file);
        switch (obstacle)
        {
            case "a folder where the data file should be": Directory.CreateDirectory(path); break;
            case "broken settings": File.WriteAllText(path, "{ \"Registry\": "); break;
            case "a newer data file":
                using (var db = Engine.Open(Location.File(path))) Dapper.SqlMapper.Execute(db, "CREATE TABLE schema_version (version BIGINT NOT NULL); INSERT INTO schema_version VALUES (9999)");
                break;
            default: File.WriteAllText(path, new string('x', 5000)); break;
        }
        // The key goes with a data file that is there.
        if (file == "data/registry.db") File.WriteAllText(Path.Combine(data, "registry.key"), Registry.Transparency.NoteSigner.Create("reg.example/log") + "\n");
        foreach (var command in (string[][])[["serve", "--urls", "http://127.0.0.1:0"], ["bodies", "list"]])
        {
            var line = Refused(command);
            Assert.Contains(file, line);
            Assert.Contains(says, line);
        }
    }

    [Fact]
    public void A_port_in_use_is_one_line()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var line = Refused(["serve", "--urls", $"http://{other.LocalEndpoint}"]);
        Assert.Contains($"http://{other.LocalEndpoint}", line);
        Assert.Contains("address already in use. Stop what listens there, or choose another address: --urls", line);
        Assert.Contains("--urls http://127.0.0.1:5001", Refused(["serve", "--urls", "nonsense"]));
    }

    /// <summary>Thai counts years from the Buddha, Persian and Arabic from the Hijra, each in digits of its own where somebody asks for them.</summary>
    [Theory]
    [InlineData("th_TH.UTF-8")]
    [InlineData("ar_SA.UTF-8")]
    [InlineData("fa_IR.UTF-8")]
    [InlineData("tr_TR.UTF-8")]
    public async Task The_systems_language_changes_no_year_and_no_letter(string language)
    {
        (string, string)[] environment = [("LC_ALL", language), ("LANG", language)];
        string Command(params string[] arguments)
        {
            var (code, output, error) = Served.Run(folder, arguments, environment);
            Assert.True(code == 0, error);
            return output;
        }
        Command("bodies", "add", RegistryApp.Body, "示例");
        var key = Command("bodies", "key", RegistryApp.Body).Trim().Split('\n')[^1];
        Assert.Matches(@"expires 20\d\d-\d\d-\d\d", Command("bodies", "list"));
        using var served = new Served(folder: folder, environment: environment);
        var draft = RegistryApp.Draft("title-i");
        draft["holder"]!.AsObject().Remove("uscc");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/certificates") { Content = new StringContent(draft.ToJsonString(), Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new("Bearer", key);
        using var answer = await served.Client.SendAsync(request, TestContext.Current.CancellationToken);
        var certificate = JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
        Assert.Equal(("2025-03-01", "2028-02-29"), ((string)certificate["issuedOn"]!, (string)certificate["expiresOn"]!));
        foreach (var path in (string[])[$"/c/{certificate["id"]}", $"/c/{certificate["id"]}?lang=en", "/v1/certificates?format=csv", "/v1/certificates?number=TITLE-I"])
        {
            var text = await served.Client.GetStringAsync(path, TestContext.Current.CancellationToken);
            Assert.Contains("2025-03-01", text);
            Assert.Contains("2028-02-29", text);
            Assert.DoesNotMatch(@"\b(25[67]\d|14[0-5]\d)-\d\d-\d\d|[٠-٩۰-۹]", text);
        }
        Assert.Matches("截至 20\\d\\d-", await served.Client.GetStringAsync($"/c/{certificate["id"]}", TestContext.Current.CancellationToken));
    }
}
