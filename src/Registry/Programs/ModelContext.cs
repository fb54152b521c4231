using System.ComponentModel;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using Microsoft.AspNetCore.Mvc;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using Registry.Http;

namespace Registry.Programs;

/// <summary>The Model Context Protocol over streamable HTTP, without sessions: search, verify and explain for language models.</summary>
public static class ModelContext
{
    /// <summary>Bytes of a call.</summary>
    private const int MaxCall = 1 << 16;

    private const string Instructions = "A public register of certificates issued by certification bodies. Use verify to check what "
        + "somebody claims (give everything that is known: number, holder, credit code), search to find certificates, explain for what a "
        + "status means and on what it rests. Not in this registry never means forged. Cite the certificate's page and the day.";

    private const string Searches = "Find certificates, the newest first.";
    private const string Verifies = "Check certificates: everything given is compared with the record, as of a day. Valid means that "
        + "all of it agrees.";
    private const string Explains = "What the status of a certificate or mark means, and every statement that it rests on.";

    public static void AddModelContext(this IServiceCollection services)
    {
        services.AddSingleton<Tools>();
        services.AddMcpServer(server =>
        {
            server.ServerInfo = new() { Name = "registry", Version = typeof(ModelContext).Assembly.GetName().Version!.ToString(3) };
            server.ServerInstructions = Instructions;
            server.ToolCollection = [.. offered.Value];
        }).WithHttpTransport(http => http.Stateless = true);
    }

    /// <summary>Made with the first call: their schemas are a tenth of what a start would have to compile.</summary>
    private static readonly Lazy<McpServerTool[]> offered = new(() =>
    [
        new ReadingTool<SearchArguments>("search", Searches, (tools, asked, cancel) => tools.Search(asked, cancel)),
        new ReadingTool<VerifyArguments>("verify", Verifies, (tools, asked, cancel) => tools.Verify(asked, cancel)),
        new ReadingTool<ExplainArguments>("explain", Explains, (tools, asked, cancel) => tools.Explain(asked, cancel)),
    ]);

    public static void MapModelContext(this IEndpointRouteBuilder routes)
    {
        routes.MapMcp("/mcp").Asks(Work.Verification).ExcludeFromDescription().WithMetadata(new RequestSizeLimitAttribute(MaxCall));
        // There are no sessions: nothing to listen to, nothing to end.
        routes.MapMethods("/mcp", ["GET", "DELETE"], NoSession).ExcludeFromDescription();
    }

    private static IResult NoSession(HttpContext context)
    {
        context.Response.Headers.Allow = "POST";
        return Results.StatusCode(StatusCodes.Status405MethodNotAllowed);
    }

    /// <summary>A tool whose arguments are read as strictly as the API reads JSON: what it does not know is named, not ignored.</summary>
    private sealed class ReadingTool<T> : McpServerTool where T : new()
    {
        private static readonly JsonSchemaExporterOptions describing =
            new() { TreatNullObliviousAsNonNullable = true, TransformSchemaNode = Described };
        private readonly Func<Tools, T, CancellationToken, object> run;

        public ReadingTool(string name, string description, Func<Tools, T, CancellationToken, object> run)
        {
            this.run = run;
            ProtocolTool = new()
            {
                Name = name,
                Description = description,
                InputSchema = JsonSerializer.SerializeToElement(Schema()),
                Annotations = new() { ReadOnlyHint = true, DestructiveHint = false, IdempotentHint = true, OpenWorldHint = false },
            };
        }

        public override Tool ProtocolTool { get; }

        public override IReadOnlyList<object> Metadata => [];

        /// <summary>Members are optional, as in the API: a member that is null is one left out.</summary>
        private static JsonNode Schema()
        {
            var options = new JsonSerializerOptions(Json.Options);
            options.MakeReadOnly(populateMissingResolver: true);
            var schema = options.GetJsonSchemaAsNode(typeof(T), describing).AsObject();
            schema["type"] = "object";
            schema["additionalProperties"] = false;
            return schema;
        }

        private static JsonNode Described(JsonSchemaExporterContext context, JsonNode schema)
        {
            if (schema is JsonObject node && context.PropertyInfo?.AttributeProvider is MemberInfo member
                && member.GetCustomAttribute<DescriptionAttribute>() is { } text) node.Insert(0, "description", text.Description);
            return schema;
        }

        public override ValueTask<CallToolResult> InvokeAsync(
            RequestContext<CallToolRequestParams> request, CancellationToken cancellationToken = default)
        {
            try
            {
                var arguments = request.Params?.Arguments is { } given ? JsonSerializer.SerializeToUtf8Bytes(given) : "{}"u8.ToArray();
                var (tools, asked) = (request.Services!.GetRequiredService<Tools>(), Json.Parse<T>(arguments, cancellationToken));
                var answer = run(tools, asked, cancellationToken);
                var told = JsonSerializer.SerializeToElement(answer, Json.Options);
                return ValueTask.FromResult(new CallToolResult { Content = [Text(told.GetRawText())], StructuredContent = told });
            }
            catch (FaultException refused)
            {
                var problem = JsonSerializer.Serialize(Problems.Of(refused.Faults, Language.En), Json.Options);
                return ValueTask.FromResult(new CallToolResult { Content = [Text(problem)], IsError = true });
            }
        }

        private static TextContentBlock Text(string text) => new() { Text = text };
    }
}
