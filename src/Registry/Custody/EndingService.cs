namespace Registry.Custody;

/// <summary>A service that does one last thing when it is stopped: once, whoever stops it and however often (its program, and whoever
/// started that). Whoever has waited for the end finds nothing done after it.</summary>
public abstract class EndingService : BackgroundService
{
    private readonly Lock ending = new();
    private Task? ended;

    public sealed override Task StartAsync(CancellationToken cancellationToken)
    {
        lock (ending) ended = null;
        return base.StartAsync(cancellationToken);
    }

    public sealed override Task StopAsync(CancellationToken cancellationToken)
    {
        lock (ending) return ended ??= End(cancellationToken);
    }

    private async Task End(CancellationToken cancel)
    {
        await base.StopAsync(cancel);
        AtEnd(cancel);
    }

    /// <summary>What is left to do once it runs no more.</summary>
    protected abstract void AtEnd(CancellationToken cancel);
}
