using Microsoft.OpenApi;
using Registry.Http;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace Registry.Contract;

/// <summary>The published contract and its page.</summary>
public static class ContractSetup
{
    internal const string Version = "v1";
    private const string Path = "/openapi/v1.json";
    private const string About = "A public register of certificates that anyone can check. Statuses are of a calendar day in "
        + "Asia/Shanghai; problems follow RFC 9457 and carry a stable code. "
        + "Every operation takes `lang` beside its own parameters, and refuses any other as unknown-parameter. Reading needs no key. "
        + "The examples are of `registry demo` and work there as they stand. "
        + "Not in it are pages for people, and what another standard defines and describes itself: the Model Context Protocol (/mcp, "
        + "tools/list) and GS1 Digital Link (/.well-known/gs1resolver).";

    public static void AddContract(this IServiceCollection services)
    {
        services.AddSingleton<ContractDocument>();
        if (ContractDocument.Comments is not { } comments) return;
        services.AddEndpointsApiExplorer();
        services.AddSwaggerGen(options =>
        {
            options.SwaggerDoc(Version, new()
            {
                Title = "Registry",
                Version = typeof(ContractSetup).Assembly.GetName().Version!.ToString(3),
                Description = About,
                License = new() { Name = "MIT", Identifier = "MIT" },
                Contact = new() { Name = "Registry" },
            });
            options.AddServer(new() { Url = "/", Description = "This registry" });
            options.IncludeXmlComments(comments);
            options.SupportNonNullableReferenceTypes();
            options.NonNullableReferenceTypesAsRequired();
            options.AddSecurityDefinition("key", new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                BearerFormat = "reg_…",
                Description = "A key of a certification body.",
            });
            options.OperationFilter<Mentioned>();
        });
    }

    /// <summary>Types that no answer is made of as a whole: lines of it, and further forms.</summary>
    private sealed class Mentioned : IOperationFilter
    {
        public void Apply(OpenApiOperation operation, OperationFilterContext context)
        {
            var told = context.ApiDescription.ActionDescriptor.EndpointMetadata;
            var types = told.OfType<Forms>().Select(form => form.Line).Concat(told.OfType<OrElse>().Select(other => other.Type));
            foreach (var type in types.OfType<Type>()) context.SchemaGenerator.GenerateSchema(type, context.SchemaRepository);
        }
    }

    public static void MapContract(this IEndpointRouteBuilder routes) =>
        routes.MapGet(Path, (HttpContext context, ContractDocument contract) =>
        {
            var language = context.Request.Query.ContainsKey(Parameters.Language) ? Languages.Of(context) : Language.En;
            var bytes = contract.Bytes(language);
            return Manners.IsKept(context, Manners.TagOf(bytes)) ? Results.Empty : Results.Bytes(bytes, "application/json; charset=utf-8");
        }).Keeps(Keeping.AskAgain).Asks(Work.Search).ExcludeFromDescription();
}
