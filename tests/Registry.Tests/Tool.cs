using System.Diagnostics;

namespace Registry.Tests;

/// <summary>Tools that Registry did not write. A test that needs one which is missing is skipped, visibly; in CI it fails.</summary>
public static class Tool
{
    public static string Run(string name, params string[] arguments)
    {
        var (code, output) = Try(name, arguments);
        Assert.True(code == 0, $"{name}: exit code {code} {output}");
        return output;
    }

    /// <summary>Runs it whatever comes: the exit code, and what it printed (with its errors, when it failed).</summary>
    /// <param name="name">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="input">What it reads.</param>
    /// <param name="folder">Where it runs.</param>
    /// <param name="environment">Further variables.</param>
    public static (int Code, string Output) Try(string name, string[] arguments, string? input = null, string? folder = null, params (string Name, string Value)[] environment)
    {
        try
        {
            var start = new ProcessStartInfo(name, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = input is not null, WorkingDirectory = folder ?? "" };
            foreach (var (variable, value) in environment) start.Environment[variable] = value;
            using var process = Process.Start(start)!;
            var error = process.StandardError.ReadToEndAsync();
            if (input is not null)
            {
                process.StandardInput.Write(input);
                process.StandardInput.Close();
            }
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, process.ExitCode == 0 ? output : output + error.Result);
        }
        catch (System.ComponentModel.Win32Exception) when (Environment.GetEnvironmentVariable("CI") is null)
        {
            Assert.Skip($"{name} is not installed");
            throw;
        }
    }

    /// <summary>Skips the test, or in CI fails it, where something is missing.</summary>
    public static void Need(bool there, string what)
    {
        if (there) return;
        Assert.True(Environment.GetEnvironmentVariable("CI") is null, $"{what} is missing");
        Assert.Skip($"{what} is missing");
    }
}
