using System.Diagnostics;

namespace Registry.Commands;

/// <summary>One line on the terminal that shows how far a long work has come; nothing where nobody looks.</summary>
public sealed class ProgressBar(string what)
{
    private const int Width = 30;
    private static readonly TimeSpan often = TimeSpan.FromMilliseconds(100);
    private long shown;

    public void Show(long done, long all)
    {
        if (Console.IsErrorRedirected || done < all && Stopwatch.GetElapsedTime(shown) < often) return;
        shown = Stopwatch.GetTimestamp();
        var full = all == 0 ? Width : (int)(done * Width / all);
        Console.Error.Write($"\r[{new string('#', full)}{new string('.', Width - full)}] {done} of {all} {what}");
    }

    public void Done()
    {
        if (!Console.IsErrorRedirected) Console.Error.WriteLine();
    }
}
