using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace Registry.Http;

/// <summary>What an endpoint takes and answers, for the published contract.</summary>
public static class Contract
{
    public static RouteHandlerBuilder Takes<T>(this RouteHandlerBuilder route) where T : notnull => route.Accepts<T>("application/json");

    /// <summary>The answer with its status, and the statuses of problems.</summary>
    public static RouteHandlerBuilder Answers<T>(this RouteHandlerBuilder route, int status, params int[] problems) =>
        route.Answers<T>(status, null, problems);

    /// <summary>The same of another type than JSON.</summary>
    public static RouteHandlerBuilder Answers<T>(
        this RouteHandlerBuilder route, int status, string? contentType, params int[] problems)
    {
        route.Produces<T>(status, contentType);
        return route.Refuses(problems);
    }

    /// <summary>The statuses of problems; that it cannot be told now is one of every route.</summary>
    public static RouteHandlerBuilder Refuses(this RouteHandlerBuilder route, params int[] problems)
    {
        foreach (var problem in (int[])[.. problems, 503]) route.Produces<Problem>(problem, Problems.MediaType);
        return route;
    }
}

/// <summary>The published contract, OpenAPI 3.1, and its page.</summary>
public static class ContractSetup
{
    public static void AddContract(this IServiceCollection services)
    {
        services.AddEndpointsApiExplorer();
        services.AddSwaggerGen(options =>
        {
            options.SwaggerDoc("v1", new()
            {
                Title = "Registry",
                Version = typeof(Contract).Assembly.GetName().Version!.ToString(3),
                Description = Description,
                License = new() { Name = "MIT", Identifier = "MIT" },
                Contact = new() { Name = "Registry" },
            });
            options.AddServer(new() { Url = "/", Description = "This registry" });
            if (HasComments) options.IncludeXmlComments(comments);
            options.SupportNonNullableReferenceTypes();
            options.NonNullableReferenceTypesAsRequired();
            options.AddSecurityDefinition("key", new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                BearerFormat = "reg_…",
                Description = "A key of a certification body.",
            });
            options.OperationFilter<KeyedOperations>();
            options.OperationFilter<CommonRefusals>();
        });
    }

    private const string Description = "A public register of certificates that anyone can check. "
        + "Statuses are of a calendar day in Asia/Shanghai; problems follow RFC 9457 and carry a stable code. "
        + "Every operation takes lang=zh or lang=en beside its own parameters, and refuses any other as unknown-parameter.";

    /// <summary>What the compiler wrote of the source's comments, beside the program where it was built.</summary>
    private static readonly string comments = Path.Combine(AppContext.BaseDirectory, "registry.xml");

    private static bool HasComments => File.Exists(comments);

    /// <summary>A release is one file: it serves the contract as it was published, which a test compares with what is made here.</summary>
    private static async Task Published(HttpContext context)
    {
        context.Response.ContentType = "application/json; charset=utf-8";
        await using var published = typeof(ContractSetup).Assembly.GetManifestResourceStream("openapi/v1.json")!;
        await published.CopyToAsync(context.Response.Body, context.RequestAborted);
    }

    public static void MapContract(this WebApplication app)
    {
        if (!HasComments) app.MapGet("/openapi/v1.json", Published).ExcludeFromDescription();
        // Off the path of every other request: both match each address by a regular expression.
        static bool IsOfContract(HttpContext context) =>
            context.Request.Path.StartsWithSegments("/openapi") || context.Request.Path.StartsWithSegments("/docs");
        app.UseWhen(IsOfContract, branch =>
        {
            if (HasComments) branch.UseSwagger(options =>
            {
                options.RouteTemplate = "openapi/{documentName}.json";
                options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
            });
            branch.UseSwaggerUI(options =>
            {
                options.RoutePrefix = "docs";
                options.SwaggerEndpoint("/openapi/v1.json", $"Registry {typeof(Contract).Assembly.GetName().Version!.ToString(3)}");
                options.DocumentTitle = "Registry API";
            });
        });
    }

    /// <summary>What every operation refuses: what is no request, parameters it does not take (<see cref="Parameters"/>), content too large
    /// or of another type.</summary>
    private sealed class CommonRefusals : IOperationFilter
    {
        public void Apply(OpenApiOperation operation, OperationFilterContext context)
        {
            if (operation.Responses is not { } responses || !responses.TryGetValue("503", out var problem)) return;
            responses.TryAdd("400", new OpenApiResponse { Description = "Bad Request", Content = problem.Content });
            responses.TryAdd("422", new OpenApiResponse { Description = "Unprocessable Content", Content = problem.Content });
            responses.TryAdd("429", new OpenApiResponse { Description = "Too Many Requests", Content = problem.Content });
            if (operation.RequestBody is null) return;
            responses.TryAdd("413", new OpenApiResponse { Description = "Content Too Large", Content = problem.Content });
            responses.TryAdd("415", new OpenApiResponse { Description = "Unsupported Media Type", Content = problem.Content });
        }
    }

    /// <summary>Names the key on the operations that need one, and says that the others need none.</summary>
    private sealed class KeyedOperations : IOperationFilter
    {
        public void Apply(OpenApiOperation operation, OperationFilterContext context)
        {
            var keyed = operation.Responses?.ContainsKey("401") == true;
            operation.Security = keyed ? [new() { [new("key", context.Document)] = [] }] : [];
        }
    }
}
