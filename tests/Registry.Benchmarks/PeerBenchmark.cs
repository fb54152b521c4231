using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;

namespace Registry.Benchmarks;

public static partial class PeerBenchmark
{
    public static Task Run(Settings run) => Task.CompletedTask;

    /// <summary>Single posts as lines: rows of the generator from one on, without a stated status, which an issue does not take.</summary>
    public static void WriteDrafts(string file, Settings run, long from, int count)
    {
        var generator = new Generator(run.Seed);
        var buffer = new ArrayBufferWriter<byte>(1 << 20);
        using var stream = File.Create(file);
        for (var i = from; i < from + count; i++)
        {
            GeneratedFile.Ndjson(buffer, generator.Row(i), status: false);
            stream.Write(buffer.WrittenSpan);
            buffer.ResetWrittenCount();
        }
    }
}
public static class BareKestrel { public static Task Serve(int port, FileInfo[] files) => Task.CompletedTask; }
