using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Primitives;

namespace Registry.Http;

/// <summary>
/// What may stand behind the question mark of each address. A condition that is misspelt and ignored gives an answer that looks right and
/// is not, so what an endpoint does not take is refused, and so is what is given twice. What it takes is what its method takes: the
/// contract is made from the same.
/// </summary>
public static class Parameters
{
    /// <summary>Every address takes it: <see cref="Languages"/>.</summary>
    public const string Language = "lang";

    /// <summary>What others hang on addresses that people share, to follow who opens them. Nothing here reads it.</summary>
    private static readonly HashSet<string> tracking = new(StringComparer.OrdinalIgnoreCase)
    {
        // WeChat
        "from", "isappinstalled", "scene", "subscene", "clicktime", "enterid", "nsukey", "wxshare_count", "exportkey", "pass_ticket",
        "wx_header", "sharer_shareid", "sharer_shareinfo",
        // Alibaba, Baidu, Tencent, ByteDance, Bilibili
        "spm", "scm", "bd_vid", "hmsr", "hmpl", "hmcu", "hmkw", "hmci", "qz_gdt", "gdt_vid", "share_token", "share_source", "share_medium",
        "tt_from", "timestamp", "ref",
        // Others
        "gclid", "gbraid", "wbraid", "dclid", "fbclid", "msclkid", "yclid", "twclid", "ttclid", "igshid", "igsh", "mc_cid", "mc_eid",
        "_ga", "_gl", "srsltid",
    };

    private sealed record Taken(string[] Names);

    private sealed record Tracked;

    private sealed record Anything;

    private static readonly ConditionalWeakTable<Endpoint, HashSet<string>> known = [];

    /// <summary>Names that the endpoint reads beside those its method takes.</summary>
    public static T Takes<T>(this T route, params string[] names) where T : IEndpointConventionBuilder =>
        route.WithMetadata(new Taken(names));

    /// <summary>The endpoint passes on whatever it is given.</summary>
    public static T TakesAnything<T>(this T route) where T : IEndpointConventionBuilder => route.WithMetadata(new Anything());

    /// <summary>Addresses that people share: what others hang on them is let pass, and data of GS1 codes, which lead here.</summary>
    public static T MayBeTracked<T>(this T route) where T : IEndpointConventionBuilder => route.WithMetadata(new Tracked());

    /// <summary>Refuses what the endpoint does not take.</summary>
    public static void UseParameters(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        if (!context.Request.QueryString.HasValue || context.GetEndpoint() is not RouteEndpoint endpoint) return next(context);
        if (endpoint.Metadata.GetMetadata<Anything>() is not null) return next(context);
        var names = Of(endpoint);
        var faults = context.Request.Query.Select(given => FaultOf(endpoint, names, given)).OfType<Fault>().Take(JsonFaults.Most).ToList();
        return faults.Count == 0 ? next(context) : throw new FaultException(faults);
    });

    private static Fault? FaultOf(RouteEndpoint endpoint, HashSet<string> names, KeyValuePair<string, StringValues> given)
    {
        var name = given.Key;
        if (!Passes(endpoint, names, name)) return new(Refusal.UnknownParameter, "/" + name, name, Nearest.Hint(name, names));
        // Of two values the framework makes one with a comma between: an answer to what nobody asked.
        return given.Value.Count > 1 && names.Contains(name) ? new(Refusal.GivenTwice, "/" + name, name) : null;
    }

    /// <summary>The same address with nothing that its endpoint does not take.</summary>
    public static string WithoutUnknown(HttpRequest request, Endpoint endpoint)
    {
        var taken = request.Query.Where(pair => Of(endpoint).Contains(pair.Key))
            .SelectMany(pair => pair.Value, (pair, value) => new KeyValuePair<string, string?>(pair.Key, value));
        return request.Path.ToUriComponent() + QueryString.Create(taken);
    }

    /// <summary>The names an endpoint takes.</summary>
    public static HashSet<string> Of(Endpoint endpoint) => known.GetValue(endpoint, static endpoint =>
    {
        var route = ((RouteEndpoint)endpoint).RoutePattern.Parameters.Select(parameter => parameter.Name);
        var method = endpoint.Metadata.GetMetadata<MethodInfo>()?.GetParameters() ?? [];
        var taken = endpoint.Metadata.OfType<Taken>().SelectMany(taken => taken.Names);
        var own = method.SelectMany(Names).Except(route, StringComparer.OrdinalIgnoreCase);
        return new(own.Concat(taken).Append(Language), StringComparer.OrdinalIgnoreCase);
    });

    private static bool Passes(RouteEndpoint endpoint, HashSet<string> names, string name) =>
        names.Contains(name) || endpoint.Metadata.GetMetadata<Tracked>() is not null && IsHungOn(name);

    private static bool IsHungOn(string name) =>
        tracking.Contains(name) || name.StartsWith("utm_", StringComparison.OrdinalIgnoreCase) || name.All(char.IsAsciiDigit);

    private static IEnumerable<string> Names(ParameterInfo parameter)
    {
        if (parameter.GetCustomAttribute<AsParametersAttribute>() is null)
            return IsValue(parameter.ParameterType) ? [NameOf(parameter, parameter.Name!)] : [];
        var members = parameter.ParameterType.GetProperties().Where(property => IsValue(property.PropertyType));
        return members.Select(property => NameOf(property, property.Name));
    }

    private static string NameOf(ICustomAttributeProvider taken, string name) =>
        taken.GetCustomAttributes(inherit: true).OfType<FromQueryAttribute>().FirstOrDefault()?.Name
        ?? JsonNamingPolicy.CamelCase.ConvertName(name); // a member's begins with a capital, an address takes it small

    /// <summary>Whether it is read from an address; all else comes from the body or is a service.</summary>
    private static bool IsValue(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        return type == typeof(string) || type.IsPrimitive || type.IsEnum;
    }
}
