namespace Registry.Http;

/// <summary>The form in which an answer is given.</summary>
public static class Formats
{
    /// <summary>The one asked for by name, else the first of Accept that is one of them, else the first.</summary>
    /// <param name="request">The request.</param>
    /// <param name="format">The name, where the address says one.</param>
    /// <param name="formats">Their names and content types.</param>
    /// <exception cref="FaultException">There is none of that name.</exception>
    public static string Of(HttpRequest request, string? format, params (string Name, string Type)[] formats)
    {
        if (format is not null)
            return formats.Any(one => one.Name == format) ? format
                : throw new FaultException(Refusal.UnknownWord, "/format", string.Join(", ", formats.Select(one => one.Name)));
        var accepted = request.GetTypedHeaders().Accept.Where(type => type.Quality is not 0).OrderByDescending(type => type.Quality ?? 1);
        string? NameOf(string? type) => formats.FirstOrDefault(one => one.Type.Equals(type, StringComparison.OrdinalIgnoreCase)).Name;
        return accepted.Select(type => NameOf(type.MediaType.Value)).FirstOrDefault(name => name is not null) ?? formats[0].Name;
    }
}
