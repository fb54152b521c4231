using System.Data.Common;
using Dapper;
using Npgsql;

namespace Registry;

/// <summary>
/// One registry on several servers of PostgreSQL, of which at any time one is the primary and the others are its hot standbys. Reads go to
/// standbys and yet never miss what was acknowledged before they began: each asks the primary first how far its log has got (one question
/// at a time, shared by all who wait: ReadIndex of Raft), and reads from a standby that has replayed as far, or from the primary. When the
/// primary cannot be asked, nothing is read: an old answer would be a wrong one.
/// </summary>
/// <remarks>
/// Which server is the primary nobody is told but the servers themselves. It is believed when it takes writes, is of the newest timeline
/// that was ever believed here, has its synchronous standby if it demands one (a former primary that comes back has none), and its log
/// continues what this process knows. Every connection belongs to one life of one server: one that was started anew is looked at anew.
/// </remarks>
internal sealed class PostgresServers : IDisposable
{
    /// <summary>How long a read waits for a standby to replay; then it reads the primary.</summary>
    private static readonly TimeSpan patience = TimeSpan.FromMilliseconds(5);
    /// <summary>Between two looks at all servers, and while the primary is not known.</summary>
    private static readonly TimeSpan calm = TimeSpan.FromSeconds(1), seeking = TimeSpan.FromMilliseconds(200);
    /// <summary>A standby that was behind, and one of another timeline, is left alone so long. Milliseconds.</summary>
    private const int RestWhenBehind = 50, RestWhenApart = 1000;
    /// <summary>What starts while a server is busy or being replaced waits so long. Milliseconds.</summary>
    private const int PatienceAtStart = 10_000;
    /// <summary>Seconds for a connection, and for the answer to a question of a line.</summary>
    private const int Timeout = 2;

    /// <summary>For a standby whether and from where it streams; for a primary its timeline and whether its synchronous standby is there. Details of
    /// other sessions are shown to members of pg_monitor only; to others a standby counts by being there.</summary>
    private const string State = """
        SELECT pg_is_in_recovery(), pg_postmaster_start_time()::text,
          CASE WHEN pg_is_in_recovery() THEN 0 ELSE ('x' || substr(pg_walfile_name(pg_current_wal_flush_lsn()), 1, 8))::bit(32)::int END,
          current_setting('synchronous_standby_names') = '' OR current_setting('synchronous_commit') IN ('off', 'local')
            OR EXISTS (SELECT 1 FROM pg_stat_replication WHERE state IS NULL OR state = 'streaming' AND sync_state IN ('sync', 'quorum'))
        """;

    private readonly Server[] servers;
    private readonly TimeSpan readLimit;
    private readonly Action<DbConnection> accept;
    private readonly ILogger log;
    private readonly Thread watch;
    private readonly AutoResetEvent wake = new(false);
    private readonly Lock finding = new();
    private volatile Session? primary;
    private volatile bool closing;
    private volatile string unknown = "none was asked yet";
    private int timeline, turn;

    /// <param name="address">A connection string with several hosts.</param>
    /// <param name="readLimit">How long a read may take.</param>
    /// <param name="accept">Throws when the log of a primary does not continue what is known.</param>
    /// <param name="log">Where changes of the primary are reported.</param>
    /// <exception cref="NpgsqlException">There is no primary.</exception>
    public PostgresServers(string address, TimeSpan readLimit, Action<DbConnection> accept, ILogger log)
    {
        (this.readLimit, this.accept, this.log) = (readLimit, accept, log);
        servers = [.. Each(address).Select(each => new Server(each))];
        for (var begun = Environment.TickCount64; ; Thread.Sleep(seeking))
        {
            Find();
            if (primary is not null) break;
            if (Environment.TickCount64 - begun > PatienceAtStart) throw Unknown();
        }
        foreach (var server in servers) Join(server);
        watch = new Thread(Watch) { IsBackground = true, Name = "servers" };
        watch.Start();
    }

    public static bool AreSeveral(string address) => new NpgsqlConnectionStringBuilder(address).Host?.Contains(',') == true;

    /// <summary>The connection string of each server.</summary>
    public static IEnumerable<string> Each(string address)
    {
        var parts = new NpgsqlConnectionStringBuilder(address);
        foreach (var host in parts.Host!.Split(',', StringSplitOptions.TrimEntries))
        {
            var one = new NpgsqlConnectionStringBuilder(address) { Timeout = Math.Min(parts.Timeout, Timeout) };
            // [::1]:5432 and host:5432; an IPv6 address without brackets has several colons, a socket's folder none.
            var colon = host.LastIndexOf(':');
            (one.Host, one.Port) = colon > 0 && int.TryParse(host.AsSpan(colon + 1), out var port) && (host.IndexOf(':') == colon || host[colon - 1] == ']') ? (host[..colon].Trim('[', ']'), port) : (host, parts.Port);
            yield return one.ToString();
        }
    }

    /// <summary>The connection string of the server that takes writes now, for what needs no more than that.</summary>
    /// <exception cref="NpgsqlException">There is none.</exception>
    public static string PrimaryOf(string address) =>
        Each(address).Select(each => new Server(each)).Select(server => server.Look()).Where(seen => seen is { IsStandby: false }).MaxBy(seen => seen!.Timeline)?.Server.Address
            ?? throw new NpgsqlException($"No server of {Dialect.Postgres.Shown(address)} takes writes.");

    /// <summary>Connections that may be read from now, by the rule above.</summary>
    /// <exception cref="NpgsqlException">The primary is not known or does not answer.</exception>
    public Readers Choose()
    {
        var first = primary ?? throw Unknown();
        var position = long.MaxValue;
        for (var i = 0; i < servers.Length; i++)
        {
            if (servers[(uint)Interlocked.Increment(ref turn) % servers.Length].Standby is not { IsResting: false } standby) continue;
            if (position == long.MaxValue) position = Ask(first);
            if (Holds(standby, first, position)) return standby.Readers;
        }
        return first.Readers;
    }

    /// <summary>Connections to the primary itself, when a standby went away between the choice and the read.</summary>
    /// <exception cref="NpgsqlException">The primary is not known.</exception>
    public Readers Primary => (primary ?? throw Unknown()).Readers;

    /// <summary>A connection for the writer, and what to show <see cref="Confirm"/>.</summary>
    /// <exception cref="NpgsqlException">There is no primary now.</exception>
    public (DbConnection Connection, object Life) OpenWriter()
    {
        Find();
        var first = primary ?? throw Unknown();
        var writer = Dialect.Postgres.OpenWriter(first.Server.Address);
        try
        {
            first.Check(writer);
            return (writer, first);
        }
        catch
        {
            writer.Dispose();
            Lost(first);
            throw;
        }
    }

    /// <summary>Before anything is written by a life that <see cref="OpenWriter"/> gave.</summary>
    /// <exception cref="NpgsqlException">It is not the primary's any more.</exception>
    public void Confirm(object life)
    {
        if (!ReferenceEquals(primary, life)) throw new NpgsqlException("The primary is another one now, or was lost.");
    }

    /// <summary>A connection of these was lost: so is the server, until it is looked at again.</summary>
    public void Gone(Readers readers)
    {
        foreach (var session in servers.Select(server => server.Standby).Append(primary))
            if (ReferenceEquals(session?.Readers, readers)) Lost(session);
    }

    private NpgsqlException Unknown() => new($"The primary is not known: {unknown}.");

    private long Ask(Session first)
    {
        try { return first.Position.Ask().Position; }
        catch (Exception lost) when (lost is NpgsqlException or InvalidOperationException or TimeoutException)
        {
            Lost(first);
            throw new NpgsqlException("The primary does not answer.", lost);
        }
    }

    /// <summary>Whether a standby has replayed what the primary had written; it is given a few milliseconds to.</summary>
    private bool Holds(Session standby, Session first, long position)
    {
        // Positions of one primary only compare with what was replayed after it: on another timeline they mean something else.
        if (standby.Replayed is var (of, held) && ReferenceEquals(of, first) && held >= position) return true;
        try
        {
            for (var until = Environment.TickCount64 + (long)patience.TotalMilliseconds; ; Thread.Sleep(1))
            {
                var (replayed, follows) = standby.Position.Ask();
                if (follows != first.Timeline)
                {
                    standby.Rest(RestWhenApart);
                    return false;
                }
                standby.Replayed = new(first, replayed);
                if (replayed >= position) return true;
                if (Environment.TickCount64 < until) continue;
                standby.Rest(RestWhenBehind);
                return false;
            }
        }
        catch (Exception lost) when (lost is NpgsqlException or InvalidOperationException or TimeoutException)
        {
            Lost(standby);
            return false;
        }
    }

    private void Lost(Session session)
    {
        if (ReferenceEquals(primary, session))
        {
            primary = null;
            unknown = $"{session.Server.Name} was lost";
            Log.PrimaryLost(log, session.Server.Name);
        }
        Interlocked.CompareExchange(ref session.Server.Standby, null, session);
        session.Dispose();
        wake.Set();
    }

    private void Watch()
    {
        while (!closing)
        {
            wake.WaitOne(primary is null ? seeking : calm);
            if (closing) return;
            if (primary is { } first)
            {
                // A server that does not answer is found out though nobody reads.
                try { Ask(first); }
                catch (NpgsqlException) { }
            }
            Find();
            foreach (var server in servers) Join(server);
        }
    }

    /// <summary>Looks at every server; believes the one of the newest timeline that takes writes, if it may be believed.</summary>
    private void Find()
    {
        lock (finding)
        {
            var seen = servers.Select(server => server.Look()).ToArray();
            var candidates = seen.Where(look => look is { IsStandby: false }).OrderByDescending(look => look!.Timeline).ToArray();
            if (candidates is not [{ } best, ..])
            {
                if (primary is null) unknown = string.Join(", ", servers.Select((server, i) => $"{server.Name} {(seen[i] is null ? "does not answer" : "is a standby")}"));
                return;
            }
            if (primary is { } now && (best.Timeline <= now.Timeline || best.Is(now))) return;
            if (best.Timeline < timeline) unknown = $"{best.Server.Name} is a former primary (timeline {best.Timeline}, the newest is {timeline})";
            else if (!best.IsWhole) unknown = $"{best.Server.Name} demands a synchronous standby and has none: it may be a former primary (db/README.md says what to do)";
            else if (candidates.Length > 1 && candidates[1]!.Timeline == best.Timeline) unknown = $"{best.Server.Name} and {candidates[1]!.Server.Name} both take writes on timeline {best.Timeline}";
            else
                try
                {
                    var session = new Session(best, readLimit);
                    try { accept(session.Connection); }
                    catch
                    {
                        session.Dispose();
                        throw;
                    }
                    var before = primary;
                    (timeline, primary) = (best.Timeline, session);
                    Interlocked.Exchange(ref best.Server.Standby, null)?.Dispose(); // which it was until it was promoted
                    Log.PrimaryFound(log, best.Server.Name, best.Timeline);
                    before?.Dispose();
                    return;
                }
                catch (Exception refused) when (refused is Transparency.ForkedLogException or DbException or InvalidOperationException or TimeoutException) { unknown = refused.Message; }
            Log.PrimaryRefused(log, unknown);
        }
    }

    /// <summary>Takes a standby in that is not known yet.</summary>
    private void Join(Server server)
    {
        if (server.Standby is not null || primary is { } first && ReferenceEquals(first.Server, server) || server.Look() is not { IsStandby: true } look) return;
        try { server.Standby = new Session(look, readLimit); }
        catch (Exception gone) when (gone is NpgsqlException or InvalidOperationException or TimeoutException) { }
    }

    public void Dispose()
    {
        closing = true;
        wake.Set();
        watch.Join();
        primary?.Dispose();
        foreach (var server in servers) server.Standby?.Dispose();
    }

    private sealed class Server(string address)
    {
        public readonly string Address = address;
        public readonly string Name = new NpgsqlConnectionStringBuilder(address) is var parts ? $"{parts.Host}:{parts.Port}" : "";
        /// <summary>While it is a standby that may be read from.</summary>
        public volatile Session? Standby;

        /// <summary>What it is now; null when it does not answer.</summary>
        public Seen? Look()
        {
            try
            {
                using var connection = PostgresDialect.Open(Address, "", Timeout);
                var (standby, started, line, whole) = connection.QuerySingle<(bool, string, int, bool)>(State);
                return new(this, standby, started, line, whole);
            }
            catch (Exception silent) when (silent is NpgsqlException or TimeoutException or InvalidOperationException) { return null; }
        }
    }

    private sealed record Seen(Server Server, bool IsStandby, string Started, int Timeline, bool IsWhole)
    {
        public bool Is(Session session) => ReferenceEquals(Server, session.Server) && Started == session.Started;
    }

    /// <summary>One life of a server in one role, from when it was looked at until it is lost.</summary>
    private sealed class Session : IDisposable
    {
        private readonly bool standby;
        private readonly Lock asking = new();
        private long restsUntil;

        public Session(Seen seen, TimeSpan readLimit)
        {
            (Server, Started, Timeline, standby) = (seen.Server, seen.Started, seen.Timeline, seen.IsStandby);
            Connection = PostgresDialect.Open(Server.Address, "", Timeout);
            try { Check(Connection); }
            catch
            {
                Connection.Dispose();
                throw;
            }
            // Flushed, not inserted: what was acknowledged was flushed, and a standby gets nothing that was not.
            var question = standby
                ? "SELECT coalesce((pg_last_wal_replay_lsn() - '0/0')::bigint, 0), coalesce((SELECT received_tli FROM pg_stat_wal_receiver WHERE status = 'streaming' AND pg_is_in_recovery()), 0)"
                : "SELECT (pg_current_wal_flush_lsn() - '0/0')::bigint, @Timeline";
            Position = new(() =>
            {
                lock (asking) return Connection.QuerySingle<(long, int)>(question, new { Timeline });
            });
            Readers = new(new Location(Dialect.Postgres, Server.Address), readLimit, Check);
        }

        public Server Server { get; }
        public string Started { get; }
        public int Timeline { get; }
        public NpgsqlConnection Connection { get; }
        public Readers Readers { get; }

        /// <summary>How far its log has got, in bytes, and the timeline it is on.</summary>
        public SharedQuestion<(long Position, int Timeline)> Position { get; }

        /// <summary>How far a standby was known to have replayed, and after which primary.</summary>
        public volatile Replay? Replayed;

        public bool IsResting => Environment.TickCount64 < Volatile.Read(ref restsUntil);

        public void Rest(int milliseconds) => Volatile.Write(ref restsUntil, Environment.TickCount64 + milliseconds);

        /// <exception cref="NpgsqlException">The connection leads to another life of the server.</exception>
        public void Check(DbConnection connection)
        {
            var (now, started) = connection.QuerySingle<(bool, string)>("SELECT pg_is_in_recovery(), pg_postmaster_start_time()::text");
            if (now != standby || started != Started) throw new NpgsqlException($"{Server.Name} is not what it was.");
        }

        public void Dispose()
        {
            Readers.Dispose();
            lock (asking) Connection.Dispose();
        }
    }

    private sealed record Replay(Session Of, long Position);
}

internal static partial class Log
{
    [LoggerMessage(3, LogLevel.Information, "The primary is {Name}, timeline {Timeline}.")]
    public static partial void PrimaryFound(ILogger logger, string name, int timeline);

    [LoggerMessage(4, LogLevel.Error, "The primary {Name} was lost. Nothing is read or written until one is found.")]
    public static partial void PrimaryLost(ILogger logger, string name);

    [LoggerMessage(5, LogLevel.Error, "No primary is believed: {Reason}.")]
    public static partial void PrimaryRefused(ILogger logger, string reason);
}
