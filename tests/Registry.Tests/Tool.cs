using System.Diagnostics;

namespace Registry.Tests;

/// <summary>Tools that Registry did not write. A test that needs one which is missing is skipped, visibly; in CI it fails.</summary>
public static class Tool
{
    public static string Run(string name, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(name, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var error = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, $"{name}: exit code {process.ExitCode} {error.Result}");
            return output;
        }
        catch (System.ComponentModel.Win32Exception) when (Environment.GetEnvironmentVariable("CI") is null)
        {
            Assert.Skip($"{name} is not installed");
            throw;
        }
    }
}
