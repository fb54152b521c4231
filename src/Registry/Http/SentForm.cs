using System.Reflection;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;

namespace Registry.Http;

/// <summary>A form without fields of its own.</summary>
public sealed record NoFields;

/// <summary>
/// Forms that are sent, read into a record whose members are the fields they may have: texts, or arrays of texts where a field may stand
/// several times. What the record does not hold is refused as an unknown parameter of an address is (<see cref="Parameters"/>): a field
/// that is misspelt and ignored gives an answer that looks right and is not.
/// </summary>
public static class SentForm
{
    private const string NotForms = "application/x-www-form-urlencoded";
    /// <summary>Fields of a form, known or not.</summary>
    private const int MaxFields = 16;

    private static class Fields<T> where T : notnull
    {
        private static readonly ConstructorInfo constructor = typeof(T).GetConstructors().Single();

        public static readonly string[] Names =
            [.. constructor.GetParameters().Select(parameter => JsonNamingPolicy.CamelCase.ConvertName(parameter.Name!))];

        private static readonly bool[] areMany = [.. constructor.GetParameters().Select(one => one.ParameterType == typeof(string[]))];

        public static bool IsMany(string name) =>
            areMany[Array.FindIndex(Names, own => own.Equals(name, StringComparison.OrdinalIgnoreCase))];

        public static T Of(IFormCollection form)
        {
            object? Value(string name, int i) => areMany[i] ? form[name].ToArray() : (string?)form[name];
            return (T)constructor.Invoke([.. Names.Select(Value)]);
        }
    }

    /// <summary>The fields of a form that is read into such a record.</summary>
    public static string[] NamesOf<T>() where T : notnull => Fields<T>.Names;

    /// <summary>Takes more than the server's own bound, which is for single acts.</summary>
    /// <exception cref="FaultException">It says itself that it is larger.</exception>
    public static void Allow(HttpContext context, long bytes)
    {
        if (context.Request.ContentLength > bytes) throw new FaultException(Refusal.TooLarge, "", bytes);
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = bytes;
    }

    /// <summary>Reads a form without files.</summary>
    /// <param name="context">The request.</param>
    /// <param name="longest">Bytes of each field.</param>
    /// <exception cref="FaultException">It is no form, too large, cut off, or has a field that nobody reads.</exception>
    public static async Task<T> Read<T>(HttpContext context, int longest) where T : notnull
    {
        if (!context.Request.HasFormContentType) throw new FaultException(Refusal.UnsupportedMedia, "", NotForms);
        var form = await Parts(context, longest, longest, MaxFields);
        var fields = Known<T>(form, form.Keys);
        return form.Files.Count == 0 ? fields : throw new FaultException(Unknown(form.Files[0].Name, Fields<T>.Names));
    }

    /// <summary>Of a form that is nothing but its button: there may be no content at all.</summary>
    /// <exception cref="FaultException">It has a field.</exception>
    public static Task ReadNone(HttpContext context) =>
        context.Request.HasFormContentType ? Read<NoFields>(context, longest: 1 << 10) : Task.CompletedTask;

    /// <summary>Reads a form of any kind, with its files.</summary>
    /// <param name="context">The request.</param>
    /// <param name="maxFile">Bytes of its files together.</param>
    /// <param name="maxValue">Bytes of each of its other fields.</param>
    /// <param name="maxFields">How many of those it may have.</param>
    /// <exception cref="FaultException">It is too large, cut off, no form, or has a field that nobody reads.</exception>
    public static async Task<(T Fields, IFormFileCollection Files)> Read<T>(
        HttpContext context, long maxFile, int maxValue, int maxFields = MaxFields) where T : notnull
    {
        var form = await Parts(context, maxFile, maxValue, maxFields);
        // Of a page where no file was chosen the browser sends a part without a name and content: to the framework that is a field.
        var isNone = form[FileField].All(string.IsNullOrEmpty);
        return (Known<T>(form, form.Keys.Where(name => name != FileField || !isNone)), form.Files);
    }

    /// <summary>What files are called in forms that have one.</summary>
    private const string FileField = "file";

    private static T Known<T>(IFormCollection form, IEnumerable<string> names) where T : notnull
    {
        var faults = names.Select(FaultOf).OfType<Fault>().Take(JsonFaults.Most).ToList();
        return faults.Count == 0 ? Fields<T>.Of(form) : throw new FaultException(faults);

        Fault? FaultOf(string name) =>
            !Fields<T>.Names.Contains(name, StringComparer.OrdinalIgnoreCase) ? Unknown(name, Fields<T>.Names)
            : form[name].Count > 1 && !Fields<T>.IsMany(name) ? new(Refusal.GivenTwice, "/" + name, name) : null;
    }

    private static Fault Unknown(string name, string[] names) =>
        new(Refusal.UnknownParameter, "/" + name, name, Nearest.Hint(name, names));

    private static async Task<IFormCollection> Parts(HttpContext context, long maxFile, int maxValue, int maxFields)
    {
        var options = new FormOptions { MultipartBodyLengthLimit = maxFile, ValueLengthLimit = maxValue, ValueCountLimit = maxFields };
        try { return await context.Request.ReadFormAsync(options, context.RequestAborted); }
        catch (InvalidDataException)
        {
            // What is longer than a field or a file may be, or no form at all, such as a NUL: a field is never longer than what was sent.
            var isLarge = (context.Request.ContentLength ?? long.MaxValue) > maxValue;
            throw new FaultException(isLarge ? new Fault(Refusal.TooLarge, "", maxFile) : new Fault(Refusal.BadRequest));
        }
        // Cut off.
        catch (IOException error) when (error is not BadHttpRequestException) { throw new FaultException(Refusal.BadRequest); }
    }
}
