using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Registry.Answers;
using Registry.Http;
using Registry.Transparency;

namespace Registry.Dumps;

/// <summary>Checks a dump that somebody has fetched: the signed sums, and every file that lies beside them; or the sums alone.</summary>
public static class DumpCheck
{
    private static readonly Text unsigned = new("这份清单不是由该公钥签署的。", "These sums are not signed by that key."),
        torn = new("清单的格式不对。", "The sums have not the form of a dump's."),
        other = new("清单属于另一个日志。", "The sums are of another log."),
        keyNeeded = new("需要登记簿的公钥才能核对（--key）。", "The registry's public key is needed to check it (--key)."),
        disagrees = new("manifest.json 与签署的清单不一致。", "manifest.json does not say what the sums were signed over."),
        nothing = new("清单旁边没有可核对的文件。", "None of the files lies beside the sums."),
        sumsAlone = new("这里只核对了清单：文件本身请在其所在的文件夹里用 sha256sum --check SHA256SUMS 或 registry check SHA256SUMS 核对。",
            "Only the list was checked here: check the files themselves in their folder, "
            + "with sha256sum --check SHA256SUMS or registry check SHA256SUMS.");

    /// <summary>What was found; null where the file is no such sums.</summary>
    /// <param name="sums">The file SHA256SUMS, where it was saved.</param>
    /// <param name="trusted">The log's public key as it is known otherwise.</param>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static CheckReport? Of(FileInfo sums, VerifierKey? trusted)
    {
        if (Read(File.ReadAllBytes(sums.FullName), trusted) is not { } read) return null;
        if (read.Sums is { } signed) Check(read.Report, signed, sums.DirectoryName!, trusted!);
        return read.Report;
    }

    /// <summary>What can be told of the sums where the files are not at hand: that they are signed, and what each file's is.</summary>
    /// <param name="sums">The content of the file SHA256SUMS.</param>
    /// <param name="trusted">The log's public key as it is known otherwise.</param>
    public static CheckReport? Alone(ReadOnlySpan<byte> sums, VerifierKey? trusted)
    {
        if (Read(sums, trusted) is not { } read) return null;
        if (read.Sums is not { } signed) return read.Report;
        foreach (var (name, sha256) in signed.Sums)
            read.Report.Fact(new($"{name} 的 SHA-256 应为 {sha256}", $"the SHA-256 of {name} is to be {sha256}"));
        read.Report.Remark(sumsAlone);
        return read.Report;
    }

    /// <summary>The sums, where they are signed; null where the file is none.</summary>
    private static (CheckReport Report, SignedSums? Sums)? Read(ReadOnlySpan<byte> file, VerifierKey? trusted)
    {
        if (file.StartsWith("\uFEFF"u8)) file = file[3..];
        if (!file.StartsWith(SignedSums.Beginning)) return null;
        var (text, report) = (Encoding.UTF8.GetString(file).Replace("\r\n", "\n"), new CheckReport());
        if (trusted is null) report.IsUntold(keyNeeded);
        else if (Note.Parse(text) is not { } note || !note.IsSignedBy(trusted)) report.IsWrong(unsigned);
        else if (SignedSums.Parse(note.Text) is not { } signed) report.IsWrong(torn);
        else if (signed.Origin != trusted.Name) report.IsWrong(other);
        else
        {
            report.Fact(new($"{signed.Origin} 于 {signed.Day} 的数据包，日志前 {signed.Size} 条，根哈希 {signed.Root}",
                $"the dump of {signed.Origin} of {signed.Day}, {signed.Size} entries of the log, root {signed.Root}"));
            return (report, signed);
        }
        return (report, null);
    }

    private static void Check(CheckReport report, SignedSums signed, string folder, VerifierKey key)
    {
        var found = 0;
        foreach (var (name, sha256) in signed.Sums)
        {
            var file = Path.Combine(folder, name);
            if (!File.Exists(file))
            {
                report.Remark(new($"{name} 不在旁边，未核对。", $"{name} is not beside them and was not checked."));
                continue;
            }
            found++;
            using var content = File.OpenRead(file);
            var isSame = Convert.ToHexStringLower(SHA256.HashData(content)) == sha256;
            if (isSame) report.Fact(new($"{name} 与清单一致", $"{name} is what was signed"));
            else report.IsWrong(new($"{name} 的内容与清单不符。", $"{name} is not what was signed."));
        }
        if (found == 0) report.IsUntold(nothing);
        var manifest = Path.Combine(folder, DumpFolder.ManifestName);
        if (File.Exists(manifest)) CheckManifest(report, signed, manifest, key);
    }

    /// <summary>Its checkpoint is signed by itself: it ties the dump to the log.</summary>
    private static void CheckManifest(CheckReport report, SignedSums signed, string file, VerifierKey key)
    {
        try
        {
            var log = JsonSerializer.Deserialize<DumpManifest>(File.ReadAllBytes(file), Json.Options)?.Log;
            var under = log is null ? null : Checkpoint.Open(log.Checkpoint, key)?.Checkpoint;
            var agrees = under?.Size == signed.Size && Convert.ToBase64String(under.Root) == signed.Root;
            if (!agrees) report.IsWrong(disagrees);
        }
        catch (JsonException) { report.IsWrong(disagrees); }
    }
}
