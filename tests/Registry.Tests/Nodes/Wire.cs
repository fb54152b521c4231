using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Registry.Tests.Nodes;

/// <summary>The way to a server, on which what goes there is counted, and which can be cut.</summary>
public sealed class Wire : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly List<Socket> open = [];
    private readonly int target;
    private volatile bool cut, loseAnswers;
    private int messages;

    public Wire(int target)
    {
        this.target = target;
        listener.Start();
        _ = Accept();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>Messages that were answered: whatever ends in Sync, or a simple query.</summary>
    public int Messages => Volatile.Read(ref messages);

    /// <summary>Milliseconds that each piece of an answer is held up.</summary>
    public int Slowness { get; set; }

    /// <summary>Nothing passes any more, and nobody gets in, until it is mended.</summary>
    public bool Cut
    {
        set
        {
            cut = value;
            if (value) Drop();
        }
    }

    /// <summary>The next message that appends a statement (its first letters tell) goes there; its answer does not come back, and the connection breaks.</summary>
    public void LoseNextAnswer() => loseAnswers = true;

    private async Task Accept()
    {
        try
        {
            while (true)
            {
                var near = await listener.AcceptSocketAsync();
                if (cut)
                {
                    near.Dispose();
                    continue;
                }
                var far = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                near.NoDelay = true;
                await far.ConnectAsync(IPAddress.Loopback, target);
                lock (open) open.AddRange([near, far]);
                var answers = new Answers();
                _ = There(near, far, answers);
                _ = Back(far, near, answers);
            }
        }
        catch (Exception closed) when (closed is SocketException or ObjectDisposedException) { }
    }

    private sealed class Answers
    {
        public volatile bool Lost;
    }

    private async Task There(Socket near, Socket far, Answers answers)
    {
        var (first, kept) = (true, Array.Empty<byte>());
        var buffer = new byte[1 << 16];
        try
        {
            for (int read; (read = await near.ReceiveAsync(buffer)) > 0;)
            {
                kept = [.. kept, .. buffer.AsSpan(0, read)];
                var losing = loseAnswers && kept.AsSpan().IndexOf("eyJ"u8) >= 0;
                answers.Lost |= losing;
                kept = Count(kept, ref first);
                await far.SendAsync(buffer.AsMemory(0, read));
                if (!losing) continue;
                loseAnswers = false;
                await Task.Delay(300); // the server commits meanwhile
                near.Dispose();
                far.Dispose();
            }
        }
        catch (Exception closed) when (closed is SocketException or ObjectDisposedException) { }
        far.Dispose();
    }

    /// <summary>Counts whole messages and gives what is left of the last.</summary>
    private byte[] Count(byte[] bytes, ref bool first)
    {
        var at = 0;
        while (true)
        {
            var head = first ? 0 : 1;
            if (bytes.Length - at < head + 4) break;
            var length = BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(at + head));
            if (bytes.Length - at < head + length) break;
            // What asks whether there is encryption comes before the greeting.
            if (first) first = length == 8;
            else if (bytes[at] is (byte)'S' or (byte)'Q') Interlocked.Increment(ref messages);
            at += head + length;
        }
        return bytes[at..];
    }

    private async Task Back(Socket far, Socket near, Answers answers)
    {
        var buffer = new byte[1 << 16];
        try
        {
            for (int read; (read = await far.ReceiveAsync(buffer)) > 0;)
            {
                if (Slowness > 0) await Task.Delay(Slowness);
                if (!answers.Lost) await near.SendAsync(buffer.AsMemory(0, read));
            }
        }
        catch (Exception closed) when (closed is SocketException or ObjectDisposedException) { }
        near.Dispose();
    }

    private void Drop()
    {
        lock (open)
        {
            open.ForEach(socket => socket.Dispose());
            open.Clear();
        }
    }

    public void Dispose()
    {
        cut = true;
        listener.Stop();
        Drop();
    }
}
