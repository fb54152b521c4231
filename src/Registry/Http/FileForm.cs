using Microsoft.AspNetCore.Http.Features;

namespace Registry.Http;

/// <summary>Forms that carry a file.</summary>
public static class FileForm
{
    /// <summary>Takes more than the server's own bound, which is for single acts.</summary>
    /// <exception cref="FaultException">It says itself that it is larger.</exception>
    public static void Allow(HttpContext context, long bytes)
    {
        if (context.Request.ContentLength > bytes) throw new FaultException(Refusal.TooLarge, "", bytes);
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = bytes;
    }

    /// <summary>Reads a form of any kind.</summary>
    /// <param name="context">The request.</param>
    /// <param name="maxFile">Bytes of its files together.</param>
    /// <param name="maxValue">Bytes of each of its other fields.</param>
    /// <param name="maxFields">How many of those it may have.</param>
    /// <exception cref="FaultException">It is too large, cut off or no form.</exception>
    public static async Task<IFormCollection> Read(HttpContext context, long maxFile, int maxValue, int maxFields = 16)
    {
        var options = new FormOptions { MultipartBodyLengthLimit = maxFile, ValueLengthLimit = maxValue, ValueCountLimit = maxFields };
        try { return await context.Request.ReadFormAsync(options, context.RequestAborted); }
        catch (InvalidDataException)
        {
            // What is longer than a field or a file may be, or no form at all.
            var isLarge = (context.Request.ContentLength ?? long.MaxValue) > maxValue;
            throw new FaultException(isLarge ? new Fault(Refusal.TooLarge, "", maxFile) : new Fault(Refusal.BadRequest));
        }
        catch (IOException error) when (error is not BadHttpRequestException) { throw new FaultException(Refusal.BadRequest); }
    }
}
