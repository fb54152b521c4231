using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Registry;

/// <summary>Work on pieces that follow each other, done on all processors ahead of where each is used: one thread applies what the others
/// have made ready.</summary>
internal static class Ahead
{
    /// <summary>Makes each piece ready, and gives them in their order. As many are under way as there are processors, so little is held in
    /// memory.</summary>
    /// <param name="pieces">Taken one after the other, by one thread at a time.</param>
    /// <param name="make">Needs nothing but its piece.</param>
    /// <param name="cancel">Stops it.</param>
    public static async IAsyncEnumerable<TMade> Make<TPiece, TMade>(
        IAsyncEnumerable<TPiece> pieces, Func<TPiece, TMade> make, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var ahead = Channel.CreateBounded<Task<TMade>>(Environment.ProcessorCount);
        var begun = Task.Run(() => Begin(pieces, make, ahead.Writer, stop.Token), CancellationToken.None);
        try
        {
            await foreach (var made in ahead.Reader.ReadAllAsync(cancel)) yield return await made;
        }
        finally
        {
            // Whoever stopped early still waits for what reads the pieces: it may use a connection of theirs.
            await stop.CancelAsync();
            await begun;
        }
    }

    /// <summary>Whatever goes wrong is told to whoever uses the pieces, in its place.</summary>
    private static async Task Begin<TPiece, TMade>(
        IAsyncEnumerable<TPiece> pieces, Func<TPiece, TMade> make, ChannelWriter<Task<TMade>> ahead, CancellationToken stop)
    {
        try
        {
            await foreach (var piece in pieces.WithCancellation(stop)) await ahead.WriteAsync(Task.Run(() => make(piece), stop), stop);
            ahead.TryComplete();
        }
        catch (Exception error) when (ahead.TryComplete(error)) { }
    }
}
