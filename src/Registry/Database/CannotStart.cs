namespace Registry;

/// <summary>A registry cannot start from what it finds, or not go on; the message tells its operator why, and what to do.</summary>
public abstract class CannotStartException(string message, Exception? cause = null) : Exception(message, cause);

/// <summary>The database cannot be this log's next state: starting would fork the log.</summary>
public sealed class ForkedLogException(string message) : CannotStartException(message);
