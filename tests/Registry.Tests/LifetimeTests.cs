using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Registry.Tests;

/// <summary>A registry that has stopped leaves nothing running: what still holds it would hold that of every test, eight megabytes each.</summary>
public sealed class LifetimeTests
{
    [Fact]
    public async Task A_registry_that_has_stopped_is_let_go()
    {
        var stopped = Run();
        for (var begun = Stopwatch.GetTimestamp(); stopped.IsAlive; await Task.Delay(50))
        {
            Assert.True(Stopwatch.GetElapsedTime(begun) < TimeSpan.FromSeconds(30), "It is still held: look for a timer, a thread or a handler of its own that nobody disposes.");
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }

    /// <summary>Apart, so that no local of the test holds it.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference Run()
    {
        using var app = new RegistryApp();
        app.Issue().GetAwaiter().GetResult();
        app.Client.GetStringAsync("/").GetAwaiter().GetResult();
        return new(app.Database);
    }
}
