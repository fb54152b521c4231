using System.CommandLine;
using Microsoft.Extensions.Logging.Abstractions;
using Registry.Certificates;
using Registry.Custody;

namespace Registry.Commands;

/// <summary><c>registry rebuild</c>: every projection anew from the log.</summary>
public static class RebuildCommand
{
    public static Command Make()
    {
        var rebuild = new Command("rebuild", "Empty every projection and fill it from the log.");
        rebuild.SetAction(parsed => OpenRegistry.Run(parsed, async (database, settings, identity) =>
        {
            var bar = new ProgressBar("statements");
            await database.WriteAsync(transaction =>
            {
                CertificateStore.Rebuild(transaction, bar.Show, Opening.Noted(settings));
                return 0;
            });
            bar.Done();
            await using (Opening.Open(settings, identity, TimeProvider.System, NullLogger<Database>.Instance)) { }
            Console.Error.WriteLine("Rebuilt.");
            return 0;
        }, isDamaged: true));
        return rebuild;
    }
}
