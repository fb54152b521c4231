namespace Registry.Http;

/// <summary>The language a request asks for.</summary>
public static class Languages
{
    /// <summary><c>?lang=</c> first, then the first language of Accept-Language the registry has, in the order of preference; else
    /// Chinese.</summary>
    public static Language Of(HttpContext context)
    {
        if (context.Request.Query[Parameters.Language].ToString() is { Length: > 0 } asked)
            return asked.StartsWith("en", StringComparison.OrdinalIgnoreCase) ? Language.En : Language.Zh;
        foreach (var accepted in context.Request.GetTypedHeaders().AcceptLanguage.OrderByDescending(language => language.Quality ?? 1))
        {
            if (accepted.Quality == 0) continue;
            if (accepted.Value.StartsWith("en", StringComparison.OrdinalIgnoreCase)) return Language.En;
            if (accepted.Value.StartsWith("zh", StringComparison.OrdinalIgnoreCase)) return Language.Zh;
        }
        return Language.Zh;
    }
}
