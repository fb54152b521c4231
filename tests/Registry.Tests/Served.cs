using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;

namespace Registry.Tests;

/// <summary>The program as it runs: a process in a folder of its own, with a socket, a clock and a log, until it is disposed.</summary>
public sealed partial class Served : IDisposable
{
    private readonly Process process;
    private readonly StringBuilder log = new();
    private readonly bool ownFolder;

    /// <param name="arguments">A verb and its options; none for `serve`.</param>
    /// <param name="folder">Where it runs; left out, a fresh one that goes with it.</param>
    /// <param name="environment">Further variables.</param>
    public Served(string[]? arguments = null, string? folder = null, params (string Name, string Value)[] environment)
    {
        (ownFolder, Folder) = (folder is null, folder ?? Directory.CreateTempSubdirectory("registry-served-").FullName);
        process = Process.Start(Start(arguments ?? ["serve"], Folder, [("ASPNETCORE_URLS", "http://127.0.0.1:0"), .. environment]))!;
        var ready = new ManualResetEventSlim();
        process.ErrorDataReceived += (_, line) => Add(line.Data);
        process.OutputDataReceived += (_, line) =>
        {
            Add(line.Data);
            if (Client.BaseAddress is not null) return;
            if (line.Data is null) ready.Set(); // it has ended
            else if (Address().Match(line.Data) is { Success: true } match)
            {
                Client.BaseAddress = new(match.Groups[1].Value);
                ready.Set();
            }
        };
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        ready.Wait();
        if (Client.BaseAddress is null) throw new InvalidOperationException("The registry did not start: " + Log);
    }

    private static readonly Lazy<Served> demo = new(() =>
    {
        var served = new Served(["demo"]);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => served.Dispose();
        return served;
    });

    /// <summary>A demo that tests share, because it takes seconds to begin: its specimens are for the contract's examples.</summary>
    public static Served Demo => demo.Value;

    public string Folder { get; }
    public HttpClient Client { get; } = new(new HttpClientHandler { AllowAutoRedirect = false });
    public int Port => Client.BaseAddress!.Port;

    /// <summary>All that it has written, errors too.</summary>
    public string Log
    {
        get { lock (log) return log.ToString(); }
    }

    /// <summary>Runs a command to its end: the exit code, what it wrote, and what it wrote as errors.</summary>
    public static (int Code, string Output, string Error) Run(string folder, string[] arguments, params (string Name, string Value)[] environment)
    {
        using var process = Process.Start(Start(arguments, folder, environment))!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }

    private static ProcessStartInfo Start(string[] arguments, string folder, (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(Program).Assembly.Location, .. arguments]) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return start;
    }

    private void Add(string? line)
    {
        lock (log) log.AppendLine(line);
    }

    public void Dispose()
    {
        if (!process.HasExited) process.Kill();
        process.WaitForExit();
        process.Dispose();
        Client.Dispose();
        if (ownFolder) Directory.Delete(Folder, recursive: true);
    }

    [GeneratedRegex(@"(?:listening on: |search +)(http://127\.0\.0\.1:\d+)")]
    private static partial Regex Address();
}
