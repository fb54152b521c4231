using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Registry.Contract;
using Registry.Http;
using Registry.Pages;
using Registry.Tables;

namespace Registry.Tests.Contract;

/// <summary>The contract is whole: what a client relies on is there, of every operation.</summary>
public sealed class WholeContractTests
{
    private static readonly PublishedContract contract = PublishedContract.Committed;

    private static void Each(Func<ContractOperation, IEnumerable<string>> wrong) =>
        Assert.Empty(contract.Operations.SelectMany(operation => wrong(operation).Select(what => $"{operation}: {what}")));

    private static string[] If(bool isWrong, string what) => isWrong ? [what] : [];

    [Fact]
    public void Every_operation_says_what_it_is_for_in_both_languages() => Each(operation =>
    {
        var told = Operations.All[operation.Name];
        string[] texts = [(string)operation.Told["summary"]!, (string)operation.Told["description"]!, told.Summary.Zh, told.Means.Zh];
        return [.. texts.Where(string.IsNullOrWhiteSpace), .. If(!told.Means.Zh.Any(c => c > 0x2e80) && told.Means.Zh.Length > 12, "not in Chinese")];
    });

    [Fact]
    public void Every_operation_of_the_list_is_one_of_the_contract() =>
        Assert.Equal(Operations.All.Keys.Order(), contract.Operations.Select(operation => operation.Name).Order());

    [Fact]
    public void Every_parameter_says_what_it_means_and_what_it_is() => Each(operation => contract.Parameters(operation).SelectMany(parameter =>
    {
        var (name, schema) = ((string)parameter["name"]!, contract.At(parameter["schema"]!));
        var isBounded = (string?)schema["type"] != "string" || schema["maxLength"] is not null || schema["enum"] is not null || schema["pattern"] is not null || schema["format"] is not null;
        return (string[])[
            .. If(string.IsNullOrWhiteSpace((string?)parameter["description"]), $"{name} is not described"),
            .. If(schema["type"] is null, $"{name} has no type"),
            .. If(!isBounded && (string)parameter["in"]! != "header", $"{name} is a text without bounds"),
            .. If((string)schema["type"]! is "integer" or "number" && schema["minimum"] is null, $"{name} has no least value"),
            .. If(!char.IsLower(name[0]) && (string)parameter["in"]! != "header", $"{name} is spelt with a capital")];
    }));

    [Fact]
    public void Every_operation_takes_the_language_and_every_name_its_handler_takes_is_there()
    {
        using var app = new RegistryApp();
        var endpoints = app.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.GetMetadata<IEndpointNameMetadata>() is not null).ToDictionary(endpoint => endpoint.Metadata.GetMetadata<IEndpointNameMetadata>()!.EndpointName);
        Each(operation =>
        {
            var told = contract.Parameters(operation).Where(parameter => (string)parameter["in"]! == "query").Select(parameter => (string)parameter["name"]!).ToHashSet(StringComparer.OrdinalIgnoreCase);
            return Registry.Http.Parameters.Of(endpoints[operation.Name]).Where(name => !told.Contains(name));
        });
    }

    /// <summary>An example is the operation as it can be sent: each thing that has to be given is, and each is what the contract says.</summary>
    [Fact]
    public void Every_operation_has_an_example_that_is_as_the_contract_says() => Each(operation =>
    {
        var parameters = contract.Parameters(operation);
        var missing = parameters.Where(parameter => parameter["required"] is not null && (bool)parameter["required"]! && parameter["example"] is null).Select(parameter => $"{parameter["name"]} has no example");
        var wrong = parameters.Where(parameter => parameter["example"] is not null)
            .Select(parameter => contract.Against(parameter["schema"]!, parameter["example"]) is { } how ? $"{parameter["name"]}{how}" : null).OfType<string>();
        var takes = parameters.Any(parameter => parameter["example"] is not null && (string)parameter["name"]! is not ("lang" or "Accept-Language"));
        if (operation.Told["requestBody"]?["content"] is not JsonObject forms) return [.. missing, .. wrong, .. If(!takes && parameters.Any(one => (string)one["in"]! == "query" && (string)one["name"]! != "lang"), "no example")];
        var shown = forms.Where(form => form.Value!["example"] is not null).ToList();
        var spoilt = shown.Select(form => contract.Against(form.Value!["schema"]!, form.Value!["example"])).OfType<string>();
        return [.. missing, .. wrong, .. spoilt, .. If(shown.Count == 0, "no example of its content")];
    });

    /// <summary>What a demo answered to the examples is as the contract says; only files that no text can show are without.</summary>
    [Fact]
    public void Every_operation_shows_what_was_answered_to_its_example() => Each(operation =>
    {
        if (operation.Responses[$"{Operations.All[operation.Name].Status}"]!["content"] is not JsonObject forms) return [];
        var shown = forms.Where(form => form.Value!["example"] is not null).ToList();
        string[] files = ["application/pdf", "image/png", "image/svg+xml", MediaTypes.Workbook, "application/octet-stream"];
        var spoilt = shown.Select(form => contract.Against(form.Value!["schema"]!, form.Value!["example"])).OfType<string>();
        return [.. spoilt, .. If(shown.Count == 0 && !files.Contains(forms.First().Key), "no example of its answer")];
    });

    /// <summary>The contract holds every address that answers data by this registry's own rules. Not in it are pages with their forms
    /// and what they are made of, what the web wants at fixed places, and what another standard defines and describes itself.</summary>
    [Fact]
    public void Every_address_is_in_the_contract_or_is_a_page_or_another_standard_s()
    {
        string[] pages = ["/", "/about", "/a/{id}", "/a/{id}/delete", "/c/{id}", "/c/{id}/answer", "/categories", "/check",
            CheckFile.Path, "/data", "/docs", "/docs/{operation}", "/favicon.ico", "/log", "/m/{code}/print", "/openapi/v1.json", "/problems", "/report", "/schemes",
            "/schemes/{id}", "/verify", "/w/{id}", "/w/{id}/end", "/watch"];
        string[] standards = ["/.well-known/gs1resolver", "/.well-known/security.txt", "/01/{**rest}", "/253/{**rest}", "/mcp",
            "/robots.txt", "/sitemap.xml", "/{compressed:gs1}"];
        using var app = new RegistryApp();
        var addresses = app.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.GetMetadata<IEndpointNameMetadata>() is null)
            .Select(endpoint => "/" + endpoint.RoutePattern.RawText!.Trim('/')).Distinct()
            .Where(address => !address.StartsWith("/assets/", StringComparison.Ordinal));
        Assert.Equal(pages.Concat(standards).Order(), addresses.Order());
    }

    [Fact]
    public void Every_operation_refuses_with_problems_and_says_when_to_come_again() => Each(operation =>
    {
        var isWatching = operation.Name is "live" or "ready" or "readyToWrite";
        string[] always = isWatching ? ["400", "422", "503"] : ["400", "422", "429", "503"];
        var body = operation.Told["requestBody"] is null ? [] : ((string[])["413", "415"]).Where(status => operation.Responses[status] is null);
        var refusals = operation.Responses.Where(response => response.Key[0] is '4' or '5').ToList();
        return [
            .. always.Where(status => operation.Responses[status] is null), .. body,
            .. refusals.Where(response => (string?)response.Value!["content"]?["application/problem+json"]?["schema"]?["$ref"] != "#/components/schemas/Problem").Select(response => $"{response.Key} is no problem"),
            .. refusals.Where(response => response.Key is "429" or "503" && response.Value!["headers"]!["Retry-After"] is null).Select(response => $"{response.Key} without Retry-After"),
            .. If(!isWatching && operation.Responses.Any(response => response.Value!["headers"]!["RateLimit"] is null || response.Value["headers"]!["RateLimit-Policy"] is null), "no RateLimit"),
            .. If(operation.Responses["401"] is null && operation.Told["security"]!.AsArray().Count > 0, "a key without 401"),
            .. If(operation.Responses["201"] is { } made && made["headers"]!["Location"] is null, "201 without Location")];
    });

    [Fact]
    public void Every_answer_names_its_forms_and_what_they_hold() => Each(operation => operation.Responses.SelectMany(response =>
    {
        if (response.Key is "204" or "302" or "304") return If(response.Value!["content"] is not null, $"{response.Key} with content");
        var forms = response.Value!["content"]?.AsObject() ?? [];
        return [.. If(forms.Count == 0, $"{response.Key} has no content"), .. forms.Where(form => form.Value!["schema"] is null).Select(form => $"{form.Key} has no schema")];
    }));

    [Fact]
    public void What_is_tagged_is_asked_for_again_and_what_goes_on_says_where() => Each(operation =>
    {
        var (ok, asked) = (operation.Responses["200"]?["headers"], contract.Parameters(operation).Select(parameter => (string)parameter["name"]!).ToHashSet());
        return [
            .. If(ok?["ETag"] is not null != asked.Contains("If-None-Match") || ok?["ETag"] is not null != operation.Responses["304"] is not null, "ETag, If-None-Match and 304 go together"),
            .. If(asked.IsSupersetOf(["cursor", "limit"]) && ok?["Link"] is null, "a cursor without Link")];
    });

    [Fact]
    public void Acts_take_an_idempotency_key_and_lists_every_form_they_are_sent_in()
    {
        var keyed = contract.Operations.Where(operation => contract.Parameters(operation).Any(parameter => (string)parameter["name"]! == Idempotency.Header)).Select(operation => operation.Name);
        Assert.Equal(["cancel", "correct", "issue", "issueMark", "restore", "revoke", "suspend", "withdrawMark"], keyed.Order());
        string[] Sent(string name) => [.. contract.Operations.First(operation => operation.Name == name).Told["requestBody"]!["content"]!.AsObject().Select(form => form.Key)];
        Assert.Equal(Registry.Verification.SentList.Taken.Order(), Sent("verify").Order());
        Assert.Equal(Sent("verify"), Sent("keepAnswer"));
        foreach (var type in (string[])["text/csv", "application/x-ndjson", "multipart/form-data", "application/vnd.ms-excel"]) Assert.Contains(type, Sent("import"));
    }

    /// <summary>A member whose name or whose sentence tells of a few words is one of them, and never any text.</summary>
    [Fact]
    public void No_closed_list_is_a_free_text()
    {
        string[] closed = ["status", "statusCode", "result", "finding", "relation", "signedBy", "act", "placement", "reason", "verdict", "group", "kty", "crv", "use", "language", "format", "registeredBy"];
        string[] open = ["Facets.status", "Facets.group", "VerificationDemands.group"];
        var free = from schema in contract.Schemas
                   from member in schema.Value!["properties"]?.AsObject() ?? []
                   where closed.Contains(member.Key) && !open.Contains($"{schema.Key}.{member.Key}")
                   let told = contract.At(member.Value!)
                   where told["enum"] is null && (string?)told["type"] == "string"
                   select $"{schema.Key}.{member.Key}";
        Assert.Empty(free);
        string[] codes = [.. Refusal.All.Select(refusal => refusal.Code)];
        var named = contract.At(contract.Root["components"]!["schemas"]!["Problem"]!["properties"]!["code"]!)["enum"]!.AsArray();
        Assert.Equal(codes, named.Select(word => (string)word!));
    }

    /// <summary>Whoever makes a client from it has one type for it, whose name nobody had to number.</summary>
    [Fact]
    public void A_closed_list_that_stands_in_two_places_has_a_name()
    {
        var twice = Lists(contract.Root, "").GroupBy(list => list.Words).Where(list => list.Count() > 1);
        Assert.Empty(twice.SelectMany(list => list.Select(one => one.Place)));

        static IEnumerable<(string Place, string Words)> Lists(JsonNode? node, string place) => node switch
        {
            JsonArray items => items.SelectMany((item, i) => Lists(item, $"{place}/{i}")),
            JsonObject schema when schema["enum"] is JsonArray words => [(place, string.Join(' ', words))],
            JsonObject schema => schema.SelectMany(member => Lists(member.Value, $"{place}/{member.Key}")),
            _ => [],
        };
    }

    [Fact]
    public void Days_and_instants_are_told_apart_from_texts_and_nothing_is_null_that_is_never_written_so()
    {
        string[] day = ["on", "asOf", "issuedOn", "expiresOn", "firstIssuedOn", "surveyedOn", "effectiveOn", "until", "since", "keptUntil", "lastOn", "dueOn"];
        var wrong = from schema in contract.Schemas
                    from member in schema.Value!["properties"]?.AsObject() ?? []
                    let told = contract.At(member.Value!)
                    let isDay = day.Contains(member.Key) && (string?)told["format"] != "date" && schema.Key != "Coverage" // an instant
                    let isInstant = (member.Key.EndsWith("At", StringComparison.Ordinal) && (string?)told["type"] == "string" || member.Key == "recordedTo") && (string?)told["format"] != "date-time"
                    let isNull = told["type"] is JsonArray && schema.Key is not ("CertificateChanges" or "HolderChanges")
                    where isDay || isInstant || isNull
                    select $"{schema.Key}.{member.Key}";
        Assert.Empty(wrong);
    }

    [Fact]
    public void Every_list_of_this_folder_is_used()
    {
        var used = contract.Operations.SelectMany(operation => contract.Parameters(operation).Select(parameter => (operation.Name, Parameter: (string)parameter["name"]!))).ToList();
        bool IsUsed(string name) => name.Split('.') is [var operation, var one] ? used.Contains((operation, one)) : used.Any(pair => pair.Parameter == name);
        Assert.All(AskedParameters.Names, name => Assert.True(IsUsed(name), name));
        Assert.Empty(Tags.All.Keys.Except(contract.Root["tags"]!.AsArray().Select(tag => (string)tag!["name"]!)));
    }

    [Fact]
    public async Task It_is_told_in_Chinese_where_that_is_asked_for()
    {
        using var app = new RegistryApp();
        var (zh, en) = (await app.GetJson("/openapi/v1.json?lang=zh"), await app.GetJson("/openapi/v1.json"));
        Assert.Equal("核对一份名单", (string)zh["paths"]!["/v1/verifications"]!["post"]!["summary"]!);
        Assert.Equal("Check a list", (string)en["paths"]!["/v1/verifications"]!["post"]!["summary"]!);
        Assert.Equal(en["components"]!.ToJsonString(), zh["components"]!.ToJsonString());
    }
}
