using System.Data.Common;
using Dapper;
using Npgsql;

namespace Registry;

/// <summary>A server's connection, and the timeline it was on when it was opened.</summary>
internal sealed record ServerLink(NpgsqlConnection Connection, int Timeline);

/// <summary>
/// Which server has the shared log. With several hosts it is whichever of them takes writes, is of the newest timeline that was ever
/// believed here, has its synchronous standby if it demands one (a former primary that comes back has none), and whose log continues what
/// this node holds.
/// </summary>
internal sealed class Primary : IDisposable
{
    /// <summary>Seconds for a connection, and for a look.</summary>
    private const int ConnectLimit = 2;

    /// <summary>The head is waited for so long before a look whether others appended; and a process that hangs while it has the head, or
    /// whose machine is gone, stops the others no longer than twenty seconds. Text is compared and kept by its bytes, whatever a role is
    /// set to.</summary>
    private const string Options = "-c lock_timeout=1s -c idle_in_transaction_session_timeout=20s";

    public const string NothingGoesOn = "Nothing is read or written (db/README.md says what to do)";
    public const string Lost = $"it lacks what was acknowledged, or the file is another log's. {NothingGoesOn}";

    /// <summary>Between two looks whether another server has become it.</summary>
    private static readonly TimeSpan watchEvery = TimeSpan.FromSeconds(1);

    private readonly string[] hosts;
    private readonly ILogger log;
    private readonly Timer? watch;
    private readonly Lock guard = new();
    private string? said;
    private volatile int timeline;

    /// <param name="address">A connection string of Npgsql with one host or several.</param>
    /// <param name="log">Where it is told, once, what is waited for.</param>
    public Primary(string address, ILogger log)
    {
        this.log = log;
        hosts = [.. Each(address)];
        Name = Shown(address);
        if (hosts.Length > 1) watch = new(_ => LookForAnother(), null, watchEvery, Timeout.InfiniteTimeSpan);
    }

    /// <summary>A connection string as it may be shown.</summary>
    public static string Shown(string address) => string.Join(", ", Each(address).Select(NameOf));

    /// <summary>Hosts and database, without a password.</summary>
    public string Name { get; }

    /// <summary>The newest that was believed; a connection of an older one is given up.</summary>
    public int Timeline => timeline;

    /// <summary>The newest entry of this node's file. A server that does not hold it too is refused.</summary>
    public Func<LogRow?> Newest { get; set; } = () => null;

    /// <summary>For a primary its timeline, and whether its synchronous standby is there. Details of other sessions are shown to members of
    /// pg_monitor only; to others a standby counts by being there. An earlier version kept all its tables in PostgreSQL.</summary>
    private const string State = """
        SELECT pg_is_in_recovery(),
          CASE WHEN pg_is_in_recovery() THEN 0
            ELSE ('x' || substr(pg_walfile_name(pg_current_wal_flush_lsn()), 1, 8))::bit(32)::int END,
          current_setting('synchronous_standby_names') = '' OR current_setting('synchronous_commit') IN ('off', 'local')
            OR EXISTS (SELECT 1 FROM pg_stat_replication WHERE state IS NULL OR state = 'streaming' AND sync_state IN ('sync', 'quorum')),
          current_setting('server_encoding'), current_setting('synchronous_commit') = 'off',
          to_regclass('certificate') IS NOT NULL, to_regclass('operator_row') IS NOT NULL
        """;

    /// <summary>What a server says of itself, on a connection that stays open where it is chosen.</summary>
    private sealed record Seen(string Host, NpgsqlConnection? Connection, string Failing, int Timeline)
    {
        public bool IsPrimary => Connection is not null;
    }

    /// <summary>The connection string of each server.</summary>
    private static IEnumerable<string> Each(string address)
    {
        var parts = new NpgsqlConnectionStringBuilder(address);
        foreach (var host in (parts.Host ?? "localhost").Split(',', StringSplitOptions.TrimEntries))
        {
            // A command whose time is up is not cancelled but its connection given up: a cancelled commit would be reported as done.
            var one = new NpgsqlConnectionStringBuilder(address)
            {
                Timeout = Math.Min(parts.Timeout, ConnectLimit),
                CancellationTimeout = -1,
                Pooling = false,
                MaxAutoPrepare = 20,
                AutoPrepareMinUsages = 2,
                IncludeErrorDetail = false,
                IncludeFailedBatchedCommand = true, // of a message that commits and then waits for the head, which of the two failed
                TcpKeepAlive = true,
                TcpKeepAliveTime = 10,
                TcpKeepAliveInterval = 5,
            };
            one.Options = $"{parts.Options} {Options}";
            // [::1]:5432 and host:5432; an IPv6 address without brackets has several colons, a socket's folder none.
            var colon = host.LastIndexOf(':');
            var endsName = colon > 0 && (host.IndexOf(':') == colon || host[colon - 1] == ']');
            var hasPort = int.TryParse(host.AsSpan(colon + 1), out var port) && endsName;
            (one.Host, one.Port) = hasPort ? (host[..colon].Trim('[', ']'), port) : (host, parts.Port);
            yield return one.ToString();
        }
    }

    private static string NameOf(string host)
    {
        var parts = new NpgsqlConnectionStringBuilder(host);
        return $"{parts.Host}:{parts.Port}/{parts.Database}";
    }

    /// <summary>A connection to the primary, by the rule above.</summary>
    /// <exception cref="SharedLogException">There is none that may be believed.</exception>
    public ServerLink Open(int seconds)
    {
        var seen = hosts.Length == 1 ? [Look(hosts[0], seconds)]
            : Task.WhenAll(hosts.Select(host => Task.Run(() => Look(host, seconds)))).GetAwaiter().GetResult();
        ServerLink? chosen = null;
        var faults = seen.Where(one => !one.IsPrimary).Select(one => $"{NameOf(one.Host)} {one.Failing}").ToList();
        foreach (var one in seen.Where(one => one.IsPrimary).OrderByDescending(one => one.Timeline))
        {
            if (chosen is null && Refuse(one) is { } fault) faults.Insert(0, $"{NameOf(one.Host)} {fault}");
            else if (chosen is null)
            {
                chosen = new(one.Connection!, one.Timeline);
                timeline = Math.Max(timeline, one.Timeline);
                continue;
            }
            one.Connection!.Dispose();
        }
        if (chosen is not null)
        {
            Found();
            return chosen;
        }
        var reason = string.Join("; ", faults);
        lock (guard)
            if (said != reason)
            {
                said = reason;
                Log.SharedLogAwaited(log, reason);
            }
        throw new SharedLogException(reason);
    }

    private void Found()
    {
        lock (guard)
        {
            if (said is not null) Log.SharedLogFound(log, Name);
            said = null;
        }
    }

    private const string AloneWithoutStandby =
        "demands a synchronous standby and has none: it may be a former primary (db/README.md says what to do)";

    private const string OfEarlierVersion =
        "holds tables of an earlier version of this program. Carry its registry over with that version: "
        + "`registry copy --to FILE`, then with this one `registry copy --to` an empty database";

    private static Seen Look(string host, int seconds)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(host) { CommandTimeout = seconds }.ToString());
        try
        {
            connection.Open();
            var (standby, line, whole, encoding, off, old, made) =
                connection.QuerySingle<(bool, int, bool, string, bool, bool, bool)>(State);
            var fault = (standby, encoding, old, whole) switch
            {
                (true, _, _, _) => "is a standby",
                (_, not "UTF8", _, _) => $"keeps text as {encoding}; make a database with ENCODING 'UTF8'",
                (_, _, true, _) => OfEarlierVersion,
                (_, _, _, false) => AloneWithoutStandby,
                _ => null,
            };
            if (fault is null && off) connection.Execute("SET synchronous_commit = on");
            if (fault is null && !made) Make(connection);
            if (fault is null) return new(host, connection, "", line);
            connection.Dispose();
            return new(host, null, fault, line);
        }
        catch (Exception silent) when (silent is DbException or TimeoutException or InvalidOperationException or IOException)
        {
            connection.Dispose();
            return new(host, null, $"cannot be used ({silent.Message})", 0);
        }
    }

    private static void Make(NpgsqlConnection connection)
    {
        try { connection.Execute($"BEGIN; {Migrations.Source("db/shared-log.sql")}; COMMIT"); }
        // Another node makes them at the same time.
        catch (PostgresException made)
            when (made.SqlState is PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.DuplicateTable)
        {
            connection.Execute("ROLLBACK");
        }
    }

    /// <summary>Why a primary is not believed; null when it is.</summary>
    private string? Refuse(Seen primary)
    {
        if (primary.Timeline < timeline) return $"is a former primary (timeline {primary.Timeline}, the newest is {timeline})";
        if (Newest() is not { } newest) return null;
        var size = primary.Connection!.ExecuteScalar<long>("SELECT size FROM head WHERE one = 1");
        if (size <= newest.Seq) return $"holds {size} entries, this node's file {newest.Seq + 1}: {Lost}";
        var there = primary.Connection!.ExecuteScalar<byte[]?>("SELECT leaf FROM entry WHERE seq = @Seq", new { newest.Seq });
        return there is not null && there.AsSpan().SequenceEqual(newest.Leaf) ? null
            : $"holds another entry {newest.Seq} than this node's file: it is another log, or was rewritten. {NothingGoesOn}";
    }

    /// <summary>A primary of a newer timeline ends what goes on with the older one, which would otherwise only be found out when that does
    /// not answer.</summary>
    private void LookForAnother()
    {
        try
        {
            foreach (var host in hosts)
            {
                var seen = Look(host, ConnectLimit);
                using var connection = seen.Connection;
                if (seen.IsPrimary && seen.Timeline > timeline && timeline > 0 && Refuse(seen) is null) timeline = seen.Timeline;
            }
        }
        // It was lost while it was looked at: an exception of a timer ends the program, and the next look tells as much.
        catch (NpgsqlException) { }
        finally { watch!.Change(watchEvery, Timeout.InfiniteTimeSpan); }
    }

    public void Dispose() => watch?.Dispose();
}

internal static partial class Log
{
    [LoggerMessage(3, LogLevel.Information, "The shared log at {Name} is there again.")]
    public static partial void SharedLogFound(ILogger logger, string name);

    [LoggerMessage(4, LogLevel.Error, "The shared log is waited for: {Reason}.")]
    public static partial void SharedLogAwaited(ILogger logger, string reason);
}
