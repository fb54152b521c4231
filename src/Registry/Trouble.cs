using System.Data.Common;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace Registry;

/// <summary>How the program says in one line that it cannot go on.</summary>
public static class Trouble
{
    private const string AnAddress = "--urls http://127.0.0.1:5001";

    /// <summary>What went wrong and what to do, in one line.</summary>
    public static string Line(Exception error)
    {
        // Many a message already holds that of its cause.
        var messages = Chain(error).Select(one => one.Message.ReplaceLineEndings(" ").Trim())
            .Aggregate("", (told, more) => told.Contains(more, StringComparison.Ordinal) ? told : $"{told} {more}".TrimStart());
        return error switch
        {
            IOException { InnerException: AddressInUseException } =>
                $"{error.Message} Stop what listens there, or choose another address: {AnAddress} (of metrics Registry:Metrics)",
            SocketException => $"It may not listen there: {error.Message}. Choose another address: {AnAddress}",
            FormatException => $"{error.Message} Write an address such as {AnAddress}",
            UnauthorizedAccessException =>
                $"{error.Message} Let the user who runs the registry read and write there, or name another file in the settings.",
            DbException => $"{messages} {Sqlite.Advice(error)}".TrimEnd(),
            IOException or InvalidDataException or InvalidOperationException or HttpRequestException => messages,
            _ when error.GetType().Assembly == typeof(Trouble).Assembly => error.Message,
            _ => $"{error.GetType().Name}: {messages}",
        };
    }

    private static IEnumerable<Exception> Chain(Exception? error)
    {
        for (; error is not null; error = error.InnerException) yield return error;
    }
}
