using System.Globalization;
using System.Text.Json.Nodes;

namespace Registry.Benchmarks;

/// <summary>Groonga as its own server of HTTP: columns, a bigram index over names and scope with positions, indexes of what is filtered by,
/// and drilldowns for the facets. Its memory of answers is switched off, as nobody else has one.</summary>
internal static class GroongaPeer
{
    private const int Together = 10_000;
    private const string
        Texts = "holder_name||holder_name_en||scope",
        Told = "id,number,holder_name,holder_name_en,uscc,region,address,category,level,scope,sites,issued_on,first_issued_on,expires_on,surveyed_on,ended_as,ended_on,reason",
        ValidToday = "ended_as == \"none\" && issued_on <= {0} && expires_on >= {0}";
    private static readonly string[] facets = ["category", "level", "province", "ended_as"];

    public static async Task<Server> Start(Settings run, string folder, int port)
    {
        var database = Path.Combine(Directory.CreateDirectory(Path.Combine(folder, "groonga-data")).FullName, "db");
        string[] command = [Measured.Tool("groonga", "groonga-bin"), "-s", "--protocol", "http", "--bind-address", "127.0.0.1", "--port",
            port.ToString(CultureInfo.InvariantCulture), "--cache-limit", "0", "-n", database];
        var server = await Server.Start("Groonga", port, "/d/status", command);
        try
        {
            using var http = new HttpClient { BaseAddress = new(server.Address), Timeout = TimeSpan.FromMinutes(30) };
            await Tables(http);
            for (var from = 0L; from < run.Count; from += Together) await Load(http, new Generator(run.Seed), from, (int)Math.Min(Together, run.Count - from));
            // Made over all rows at once, which is Groonga's own advice.
            await Ask(http, "column_create", ("table", "Terms"), ("name", "text"), ("type", "Certificate"), ("source", Texts.Replace("||", ",", StringComparison.Ordinal)),
                ("flags", "COLUMN_INDEX|WITH_POSITION|WITH_SECTION"));
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>The address that asks for a piece of a name among the valid ones of a category, with total and facets: Groonga always counts.</summary>
    public static string Search(string piece, int category)
    {
        var filter = $"category == {category} && {string.Format(CultureInfo.InvariantCulture, ValidToday, Number(Certificates.Day.Of(DateTimeOffset.UtcNow)))}";
        (string, string)[] asked = [("table", "Certificate"), ("match_columns", Texts), ("query", $"\"{piece}\""), ("filter", filter), ("sort_keys", "-_id"),
            ("limit", "20"), ("output_columns", Told), .. facets.SelectMany(facet => ((string, string)[])[($"drilldowns[{facet}].keys", facet), ($"drilldowns[{facet}].limit", "20")])];
        return Address("select", asked);
    }

    private static async Task Tables(HttpClient http)
    {
        foreach (var (table, key) in ((string, string)[])[("Category", "UInt8"), ("Level", "ShortText"), ("Province", "ShortText"), ("Ended", "ShortText")])
            await Ask(http, "table_create", ("name", table), ("flags", "TABLE_HASH_KEY"), ("key_type", key));
        await Ask(http, "table_create", ("name", "Certificate"), ("flags", "TABLE_NO_KEY"));
        foreach (var column in Told.Split(',').Append("province"))
        {
            var type = column switch { "category" => "Category", "level" => "Level", "province" => "Province", "ended_as" => "Ended", _ when IsDay(column) => "UInt32", _ => "ShortText" };
            await Ask(http, "column_create", ("table", "Certificate"), ("name", column), ("flags", "COLUMN_SCALAR"), ("type", type));
        }
        foreach (var column in facets)
            await Ask(http, "column_create", ("table", column == "ended_as" ? "Ended" : char.ToUpperInvariant(column[0]) + column[1..]), ("name", "certificates"), ("flags", "COLUMN_INDEX"), ("type", "Certificate"), ("source", column));
        await Ask(http, "table_create", ("name", "Terms"), ("flags", "TABLE_PAT_KEY"), ("key_type", "ShortText"), ("default_tokenizer", "TokenBigram"), ("normalizer", "NormalizerAuto"));
    }

    private static async Task Load(HttpClient http, Generator generator, long from, int count)
    {
        if (from % 100_000 == 0) Console.Error.WriteLine($"Groonga: {from:#,0} rows");
        var rows = new JsonArray([.. Enumerable.Range(0, count).Select(n => Row(generator.Row(from + n), from + n))]);
        using var answer = await http.PostAsync("/d/load?table=Certificate", new StringContent(rows.ToJsonString(), System.Text.Encoding.UTF8, "application/json"));
        if (!answer.IsSuccessStatusCode) throw new InvalidOperationException($"Groonga refused a batch: {await answer.Content.ReadAsStringAsync()}");
    }

    private static JsonObject Row(GeneratedCertificate c, long row) => new()
    {
        ["id"] = $"G{row:000000000000}",
        ["number"] = c.Number,
        ["holder_name"] = c.Holder.Name,
        ["holder_name_en"] = c.Holder.NameEn ?? "",
        ["uscc"] = c.Holder.Uscc ?? "",
        ["region"] = c.Holder.Region ?? "",
        ["province"] = c.Holder.Region is { } region ? region[..2] : "",
        ["address"] = c.Holder.Address ?? "",
        ["category"] = c.Category,
        ["level"] = c.Level ?? "",
        ["scope"] = c.Scope,
        ["sites"] = string.Join('\n', c.Sites),
        ["issued_on"] = Number(c.IssuedOn),
        ["first_issued_on"] = Number(c.FirstIssuedOn),
        ["expires_on"] = Number(c.ExpiresOn),
        ["surveyed_on"] = Number(c.SurveyedOn),
        ["ended_as"] = c.Ended?.ToString().ToLowerInvariant() ?? "none",
        ["ended_on"] = Number(c.StatusOn),
        ["reason"] = c.Reason?.ToString() ?? "",
    };

    private static bool IsDay(string column) => column.EndsWith("_on", StringComparison.Ordinal);

    /// <summary>A day as 20260131; 0 for none.</summary>
    private static uint Number(DateOnly? day) => day is { } known ? (uint)(known.Year * 10_000 + known.Month * 100 + known.Day) : 0;

    private static string Address(string command, (string Name, string Value)[] asked) =>
        $"/d/{command}?{string.Join('&', asked.Select(a => $"{Uri.EscapeDataString(a.Name)}={Uri.EscapeDataString(a.Value)}"))}";

    private static async Task Ask(HttpClient http, string command, params (string Name, string Value)[] asked)
    {
        using var answer = await http.GetAsync(Address(command, asked));
        if (!answer.IsSuccessStatusCode) throw new InvalidOperationException($"Groonga refused {command}: {await answer.Content.ReadAsStringAsync()}");
    }
}
